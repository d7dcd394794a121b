//! Why a product or a rate is not in a sheet. Counted, never an error: the price list has far more than the price table.

pub(super) const SERVICE: &str = "a service that the price table does not have";
pub(super) const USAGE: &str = "usage that the price table does not have";
pub(super) const PLACE: &str = "in a Local Zone, a Wavelength Zone or an Outpost";
pub(super) const REGION: &str = "in a region that the price table does not have";
pub(super) const OTHER_REGION: &str = "the usage type belongs to another region";
pub(super) const SYSTEM: &str = "the operating system is not known";
pub(super) const ENGINE: &str = "the engine, edition or licence is not known";
pub(super) const DEPLOYMENT: &str = "the deployment is not known";
pub(super) const SOFTWARE: &str = "comes with licensed software";
pub(super) const OWN_LICENCE: &str = "runs under a licence of one's own";
pub(super) const CAPACITY: &str = "a capacity reservation";
pub(super) const HOST: &str = "on a dedicated host";
pub(super) const CUSTOM: &str = "RDS Custom";
pub(super) const EXTENDED: &str = "Extended Support";
pub(super) const NO_TERMS: &str = "no terms";
pub(super) const ZERO: &str = "a price of zero";
pub(super) const CURRENCY: &str = "no price in US dollars";
pub(super) const UNIT: &str = "another unit than the price table has";
pub(super) const TIER: &str = "a volume tier that the price table does not have";
pub(super) const UTILIZATION: &str = "a reservation of the old kind, by utilization";
pub(super) const RESERVED: &str = "a reservation whose lease or payment is not known";
pub(super) const DEDICATED: &str = "a commitment for dedicated hardware";
pub(super) const PLAN: &str = "a Savings Plan whose kind, lease or payment is not known";
pub(super) const RATE: &str = "a Savings Plan rate whose item is not known";
