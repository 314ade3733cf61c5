//! The mathematics of a fitted `SVC`: numbers in, numbers out.
