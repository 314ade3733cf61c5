//! Where a server listens: the flags that `serve` and `healthcheck` share.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};

/// Host and port.
pub(super) const ADDRESS: &[Flag] = &[
    flag("--host ADDR", "address to listen on; 0.0.0.0 or :: for all").default("127.0.0.1").env(&["SVCD_HOST"]),
    flag("-p, --http_port, --port N", "port to listen on; 0 takes a free one").default("8000").env(&[
        "SVCD_PORT",
        "AIP_HTTP_PORT",
        "SAGEMAKER_BIND_TO_PORT",
        "PORT",
    ]),
];

/// Host and port as the flags say.
pub(super) fn read(arguments: &Arguments) -> Result<SocketAddr, Error> {
    let host = arguments.value("--host", "an IP address such as 127.0.0.1, 0.0.0.0 or ::", |text| match text {
        "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
        _ => text.parse::<IpAddr>().ok(),
    })?;
    let port = arguments.value("--port", "a port from 0 to 65535", |text| text.parse::<u16>().ok())?;
    Ok(SocketAddr::new(host.unwrap_or(Ipv4Addr::LOCALHOST.into()), port.unwrap_or(8_000)))
}
