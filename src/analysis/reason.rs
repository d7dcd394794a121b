//! Why a line item is in its bucket: fixed codes, each with a sentence.

use crate::terms::Verdict;

/// Declares the reasons: code, verdict, sentence.
macro_rules! reasons {
    ($($variant:ident => $code:literal, $verdict:ident, $sentence:literal;)+) => {
        /// A reason code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "`explanation` says what each one means")]
        pub enum Reason { $($variant),+ }

        impl Reason {
            /// All reasons, in the order they are tried.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// Returns the code.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$variant => $code),+ }
            }

            /// Returns the verdict the reason leads to.
            pub fn verdict(self) -> Verdict {
                match self { $(Reason::$variant => Verdict::$verdict),+ }
            }

            /// Returns the reason in a sentence.
            pub fn explanation(self) -> &'static str {
                match self { $(Reason::$variant => $sentence),+ }
            }

            /// Returns the reason with this code.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Reason::$variant),)+ _ => None }
            }
        }
    };
}

reasons! {
    Fee => "fee", NotApplicable, "A fee: of a commitment, of support, of a one-off purchase.";
    Negation => "negation", NotApplicable, "Takes back the on-demand price of usage that a Savings Plan covers.";
    Credit => "credit", NotApplicable, "A credit.";
    Refund => "refund", NotApplicable, "A refund.";
    Tax => "tax", NotApplicable, "Tax.";
    Discount => "discount", NotApplicable, "A discount that AWS books as a row.";
    OtherCharge => "other_charge", NotApplicable, "A type of charge that is no usage.";
    NotCompute => "not_compute", NotApplicable, "Storage, transfer, requests: no architecture to choose.";
    Serverless => "serverless", NotApplicable, "Serverless capacity: AWS chooses the architecture.";
    ServiceNotAnalysed => "service_not_analysed", Unknown, "Compute for which there is no rule.";
    MacOs => "macos", Blocked, "macOS runs on Apple hardware only.";
    Gpu => "gpu", Blocked, "A GPU, Inferentia, Trainium or FPGA source has no Graviton equal.";
    Windows => "windows", Blocked, "Windows does not run on Graviton.";
    Licence => "licence", Blocked, "Licensed software on the instance (SQL Server) is sold for x86 only.";
    Engine => "engine", Blocked, "The database engine does not run on Graviton.";
    NotOnGraviton => "not_on_graviton", Blocked, "The service does not offer Graviton for this kind of usage.";
    EngineVersion => "engine_version", Blocked, "The engine version that runs is proven to be too old for Graviton.";
    TypeNotInTable => "type_not_in_table", Unknown, "The shape of this instance type is not in the table.";
    RegionNotStated => "region_not_stated", Unknown, "The bill does not say the region.";
    SystemNotStated => "system_not_stated", Unknown, "The bill does not say the operating system or it is not one the price table lists.";
    EngineNotStated => "engine_not_stated", Unknown, "The bill does not say the engine or the deployment.";
    Currency => "currency", Unpriced, "The bill is not in the currency of the price table, and currencies are never mixed.";
    NoEquivalent => "no_equivalent", Blocked, "No Graviton type that the target policy allows is as large as this one in vCPUs, memory, storage and network, and sold in the region.";
    Slower => "slower", Blocked, "Every Graviton type that is large enough is slower by the measured ratio.";
    Dedicated => "dedicated_tenancy", Unpriced, "Dedicated tenancy: the price of the target is not known.";
    Spot => "spot", Unpriced, "Spot usage: the Spot price of the target is not known.";
    UbuntuPro => "ubuntu_pro", Unpriced, "Ubuntu Pro: the price of the target is not known.";
    TargetPrice => "target_price", Unpriced, "Targets exist, the price of none of them in this region is known.";
    SourcePrice => "source_price", Unpriced, "The price of the source in this region is known neither from the table nor from the bill.";
    NoneCheaper => "none_cheaper", Costlier, "Targets exist; the one that the target policy chooses is not cheaper.";
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_parse_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
            assert!(reason.explanation().ends_with('.'));
        }
    }
}
