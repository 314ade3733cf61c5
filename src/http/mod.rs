//! HTTP/1.1 and 1.0: bytes in, messages out, and back.
