//! The closed vocabularies that every stage shares: services, purchase options, verdicts.

/// Declares an enum whose variants have one fixed spelling each.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// All values, in the order they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the fixed spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Returns the value with this spelling.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// Compute services whose instances have an architecture to choose, spelled as in the price table.
    Service {
        /// Virtual machines.
        Ec2 => "EC2",
        /// RDS and Aurora.
        Rds => "RDS",
        /// Redis, Valkey and Memcached nodes.
        ElastiCache => "ElastiCache",
        /// OpenSearch and Elasticsearch nodes.
        OpenSearch => "OpenSearch",
        /// Durable Redis and Valkey nodes.
        MemoryDb => "MemoryDB",
        /// MongoDB-compatible databases.
        DocumentDb => "DocumentDB",
        /// Graph databases.
        Neptune => "Neptune",
        /// Kafka brokers.
        Msk => "MSK",
        /// The fee on top of the instances of a cluster.
        Emr => "EMR",
        /// Hosting, training and notebooks.
        SageMaker => "SageMaker",
        /// Warehouse nodes.
        Redshift => "Redshift",
        /// Functions.
        Lambda => "Lambda",
        /// Containers of ECS without instances.
        Fargate => "Fargate",
        /// Containers of EKS without instances.
        Eks => "EKS",
        /// Builds.
        CodeBuild => "CodeBuild",
    }
}

vocabulary! {
    /// How instance usage was bought.
    PurchaseOption {
        /// At the public rate.
        OnDemand => "OnDemand",
        /// Covered by a Reserved Instance.
        Reserved => "Reserved",
        /// Covered by a Savings Plan.
        SavingsPlan => "SavingsPlan",
        /// At the Spot price.
        Spot => "Spot",
    }
}

vocabulary! {
    /// What a payer has committed to.
    CommitmentKind {
        /// An instance of a kind, for one or three years.
        Reserved => "ReservedInstance",
        /// An amount an hour.
        SavingsPlan => "SavingsPlan",
    }
}

vocabulary! {
    /// Instruction set of the instance.
    Architecture {
        /// Intel and AMD.
        X86 => "x86_64",
        /// Graviton, and Apple's on mac2.
        Arm => "arm64",
    }
}

vocabulary! {
    /// The one bucket a line item lands in.
    Verdict {
        /// Already on Arm.
        Graviton => "graviton",
        /// A cheaper target exists.
        Eligible => "eligible",
        /// Targets exist, none is cheaper.
        Costlier => "costlier",
        /// Cannot move, with the reason.
        Blocked => "blocked",
        /// A target exists, its price in this region is not known.
        Unpriced => "unpriced",
        /// Cannot tell, with why.
        Unknown => "unknown",
        /// No architecture to choose: storage, transfer, tax.
        NotApplicable => "not_applicable",
    }
}

vocabulary! {
    /// How much work a move is.
    EffortClass {
        /// A managed service changes its own nodes.
        Low => "low",
        /// Nodes and images.
        Medium => "medium",
        /// Software of one's own.
        High => "high",
    }
}

vocabulary! {
    /// Under which a cost is counted.
    Basis {
        /// RI and SP fees spread over the usage they cover.
        Amortized => "amortized",
        /// Cash; ties to the invoice.
        Unblended => "unblended",
    }
}

vocabulary! {
    /// Why a cost changed.
    Effect {
        /// More or less capacity, storage, transfer.
        Usage => "usage",
        /// Another public price of the same type; another Spot price.
        ListPrice => "list_price",
        /// Reserved Instances and Savings Plans: their rates, fees and waste.
        Commitment => "commitment",
        /// Arm in the place of x86.
        Graviton => "graviton",
        /// Other families, sizes and generations.
        Mix => "mix",
        /// Credits, refunds, discounts, tax, fees that are no commitment.
        CreditsTaxFees => "credits_tax_fees",
        /// Charges of a type for which there is no rule.
        Other => "other",
    }
}
