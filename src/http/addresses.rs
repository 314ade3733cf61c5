//! Connections by the address that they come from, to bound what one client may hold.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// How many connections each address has.
#[derive(Debug)]
pub(super) struct Addresses {
    counts: Mutex<HashMap<IpAddr, usize>>,
    count_max: usize,
}

/// A connection of an address, given back when dropped.
#[derive(Debug)]
pub(super) struct AddressPlace {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Addresses {
    pub(super) fn new(count_max: usize) -> Arc<Addresses> {
        Arc::new(Addresses { counts: Mutex::new(HashMap::new()), count_max })
    }

    /// A place for one more connection of `address`, if it may have one.
    pub(super) fn place(self: &Arc<Addresses>, address: IpAddr) -> Option<AddressPlace> {
        let address = owner(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.count_max {
            return None;
        }
        *count += 1;
        Some(AddressPlace { addresses: Arc::clone(self), address })
    }
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Whom an address belongs to: of IPv6 a client has at least a network of 64 bits (RFC 6177).
fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(addresses: &Arc<Addresses>, address: &str) -> Option<AddressPlace> {
        addresses.place(address.parse().unwrap())
    }

    #[test]
    fn each_address_has_its_own_count() {
        let addresses = Addresses::new(2);
        let held = [place(&addresses, "10.0.0.1"), place(&addresses, "::ffff:10.0.0.1"), place(&addresses, "10.0.0.2")];
        assert!(held.iter().all(Option::is_some));
        assert!(place(&addresses, "10.0.0.1").is_none());
        drop(held);
        assert!(addresses.counts.lock().unwrap().is_empty());
        assert!(place(&addresses, "10.0.0.1").is_some());
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let addresses = Addresses::new(1);
        let held = place(&addresses, "2001:db8::1");
        assert!(held.is_some() && place(&addresses, "2001:db8::2").is_none());
        assert!(place(&addresses, "2001:db8:0:1::1").is_some());
    }
}
