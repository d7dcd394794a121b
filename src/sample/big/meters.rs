//! The meters of the services that do not sell instances, and the bundles of meters that one resource sets running.

/// How much a meter counts in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// The part of the hour that the resource existed.
    Hours,
    /// Requests, events: whole numbers up to a bound.
    Count(u64),
    /// Gigabytes, seconds: fractions up to a bound in thousandths.
    Fraction(u64),
    /// Provisioned gigabytes by the month: the same in each hour.
    Size(u64),
}

/// How usage types begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// With the region's prefix, without one in us-east-1.
    Classic,
    /// With the region's prefix everywhere.
    Always,
    /// With two regions: a transfer between them.
    Pair,
    /// Without any.
    Never,
}

/// A meter of a service.
pub(super) struct Meter {
    pub key: &'static str,
    pub product: &'static str,
    pub name: &'static str,
    pub family: &'static str,
    pub prefix: Prefix,
    pub usage: &'static str,
    /// Operations of which a resource uses one.
    pub operations: &'static [&'static str],
    pub unit: &'static str,
    /// Rate in units of 10^-10 dollars.
    pub rate: i64,
    pub amount: Amount,
    /// Resource id: `{r}` region, `{a}` account, `{h}` 17 hexadecimal digits, `{n}` a name, `{u}` a UUID.
    pub resource: &'static str,
}

macro_rules! meters {
    ($($key:literal $product:literal $name:literal $family:literal $prefix:ident $usage:literal
       $operations:expr, $unit:literal $rate:literal $amount:expr, $resource:literal;)+) => {
        /// All meters.
        pub(super) const METERS: &[Meter] = &[$(Meter {
            key: $key, product: $product, name: $name, family: $family, prefix: Prefix::$prefix, usage: $usage,
            operations: &$operations, unit: $unit, rate: $rate, amount: $amount, resource: $resource,
        }),+];
    };
}

use Amount::{Count, Fraction, Hours, Size};

meters! {
    "gp3" "AmazonEC2" "Amazon Elastic Compute Cloud" "Storage" Classic "EBS:VolumeUsage.gp3" ["CreateVolume-Gp3"], "GB-Mo" 800_000_000 Size(500), "vol-0{h}";
    "gp2" "AmazonEC2" "Amazon Elastic Compute Cloud" "Storage" Classic "EBS:VolumeUsage.gp2" ["CreateVolume-Gp2"], "GB-Mo" 1_000_000_000 Size(300), "vol-0{h}";
    "iops" "AmazonEC2" "Amazon Elastic Compute Cloud" "System Operation" Classic "EBS:VolumeP-IOPS.gp3" ["CreateVolume-P-IOPS"], "IOPS-Mo" 50_000_000 Size(6000), "vol-0{h}";
    "snapshot" "AmazonEC2" "Amazon Elastic Compute Cloud" "Storage Snapshot" Classic "EBS:SnapshotUsage" ["CreateSnapshot"], "GB-Mo" 500_000_000 Fraction(2_000), "arn:aws:ec2:{r}:{a}:snapshot/snap-0{h}";
    "regional" "AmazonEC2" "Amazon Elastic Compute Cloud" "Data Transfer" Classic "DataTransfer-Regional-Bytes" ["InterZone-In", "InterZone-Out", "PublicIP-In"], "GB" 100_000_000 Fraction(900), "i-0{h}";
    "out" "AmazonEC2" "Amazon Elastic Compute Cloud" "Data Transfer" Classic "DataTransfer-Out-Bytes" ["RunInstances"], "GB" 900_000_000 Fraction(600), "i-0{h}";
    "in" "AmazonEC2" "Amazon Elastic Compute Cloud" "Data Transfer" Classic "DataTransfer-In-Bytes" ["RunInstances"], "GB" 0 Fraction(700), "i-0{h}";
    "pair-out" "AmazonEC2" "Amazon Elastic Compute Cloud" "Data Transfer" Pair "AWS-Out-Bytes" ["RunInstances"], "GB" 200_000_000 Fraction(50), "i-0{h}";
    "pair-in" "AmazonEC2" "Amazon Elastic Compute Cloud" "Data Transfer" Pair "AWS-In-Bytes" ["RunInstances"], "GB" 0 Fraction(50), "i-0{h}";
    "credits" "AmazonEC2" "Amazon Elastic Compute Cloud" "CPU Credits" Classic "CPUCredits:t3" ["RunInstances"], "vCPU-Hours" 500_000_000 Fraction(300), "i-0{h}";
    "nat-hours" "AmazonEC2" "Amazon Elastic Compute Cloud" "NAT Gateway" Classic "NatGateway-Hours" ["NatGateway"], "Hrs" 450_000_000 Hours, "arn:aws:ec2:{r}:{a}:natgateway/nat-0{h}";
    "nat-bytes" "AmazonEC2" "Amazon Elastic Compute Cloud" "NAT Gateway" Classic "NatGateway-Bytes" ["NatGateway"], "GB" 450_000_000 Fraction(9_000), "arn:aws:ec2:{r}:{a}:natgateway/nat-0{h}";
    "address" "AmazonVPC" "Amazon Virtual Private Cloud" "VpcPublicIPv4Address" Always "PublicIPv4:InUseAddress" ["AllocateAddressVPC", "RunInstances"], "Hrs" 50_000_000 Hours, "arn:aws:ec2:{r}:{a}:network-interface/eni-0{h}";
    "endpoint" "AmazonVPC" "Amazon Virtual Private Cloud" "VpcEndpoint" Always "VpcEndpoint-Hours" ["VpcEndpoint"], "Hrs" 100_000_000 Hours, "arn:aws:ec2:{r}:{a}:vpc-endpoint/vpce-0{h}";
    "endpoint-bytes" "AmazonVPC" "Amazon Virtual Private Cloud" "VpcEndpoint" Always "VpcEndpoint-Bytes" ["VpcEndpoint"], "GB" 100_000_000 Fraction(400), "arn:aws:ec2:{r}:{a}:vpc-endpoint/vpce-0{h}";
    "lb" "AWSELB" "Elastic Load Balancing" "Load Balancer-Application" Classic "LoadBalancerUsage" ["LoadBalancing:Application"], "Hrs" 225_000_000 Hours, "arn:aws:elasticloadbalancing:{r}:{a}:loadbalancer/app/{n}/{h}";
    "lcu" "AWSELB" "Elastic Load Balancing" "Load Balancer-Application" Classic "LCUUsage" ["LoadBalancing:Application"], "LCU-Hrs" 80_000_000 Fraction(3_000), "arn:aws:elasticloadbalancing:{r}:{a}:loadbalancer/app/{n}/{h}";
    "lb-out" "AWSELB" "Elastic Load Balancing" "Data Transfer" Classic "DataTransfer-Out-Bytes" ["LoadBalancing"], "GB" 900_000_000 Fraction(800), "arn:aws:elasticloadbalancing:{r}:{a}:loadbalancer/app/{n}/{h}";
    "tier1" "AmazonS3" "Amazon Simple Storage Service" "API Request" Classic "Requests-Tier1" ["PutObject", "ListBucket", "UploadPart", "CompleteMultipartUpload", "CopyObject", "InitiateMultipartUpload"], "Requests" 50_000 Count(20_000), "{n}-{a}";
    "tier2" "AmazonS3" "Amazon Simple Storage Service" "API Request" Classic "Requests-Tier2" ["GetObject", "HeadObject", "HeadBucket", "ReadACL", "ReadLocation", "ListAllMyBuckets"], "Requests" 4_000 Count(200_000), "{n}-{a}";
    "s3-storage" "AmazonS3" "Amazon Simple Storage Service" "Storage" Classic "TimedStorage-ByteHrs" ["StandardStorage"], "GB-Mo" 230_000_000 Fraction(8_000), "{n}-{a}";
    "s3-ia" "AmazonS3" "Amazon Simple Storage Service" "Storage" Classic "TimedStorage-SIA-ByteHrs" ["StandardIAStorage"], "GB-Mo" 125_000_000 Fraction(8_000), "{n}-{a}";
    "s3-out" "AmazonS3" "Amazon Simple Storage Service" "Data Transfer" Classic "DataTransfer-Out-Bytes" ["GetObject"], "GB" 900_000_000 Fraction(400), "{n}-{a}";
    "s3-pair" "AmazonS3" "Amazon Simple Storage Service" "Data Transfer" Pair "AWS-Out-Bytes" ["GetObject", "PutObject"], "GB" 200_000_000 Fraction(80), "{n}-{a}";
    "lambda-x86" "AWSLambda" "AWS Lambda" "Serverless" Classic "Lambda-GB-Second" ["Invoke"], "Lambda-GB-Second" 166_667 Fraction(4_000_000), "arn:aws:lambda:{r}:{a}:function:{n}";
    "lambda-arm" "AWSLambda" "AWS Lambda" "Serverless" Classic "Lambda-GB-Second-ARM" ["Invoke"], "Lambda-GB-Second" 133_334 Fraction(4_000_000), "arn:aws:lambda:{r}:{a}:function:{n}";
    "lambda-requests" "AWSLambda" "AWS Lambda" "Serverless" Classic "Request" ["Invoke"], "Request" 2_000 Count(50_000), "arn:aws:lambda:{r}:{a}:function:{n}";
    "fargate-cpu" "AmazonECS" "Amazon Elastic Container Service" "Compute" Always "Fargate-vCPU-Hours:perCPU" ["FargateTask"], "hours" 404_800_000 Fraction(4_000), "arn:aws:ecs:{r}:{a}:task/{n}/{h}";
    "fargate-memory" "AmazonECS" "Amazon Elastic Container Service" "Compute" Always "Fargate-GB-Hours" ["FargateTask"], "hours" 44_450_000 Fraction(8_000), "arn:aws:ecs:{r}:{a}:task/{n}/{h}";
    "fargate-arm-cpu" "AmazonECS" "Amazon Elastic Container Service" "Compute" Always "Fargate-ARM-vCPU-Hours:perCPU" ["FargateTask"], "hours" 323_800_000 Fraction(4_000), "arn:aws:ecs:{r}:{a}:task/{n}/{h}";
    "fargate-arm-memory" "AmazonECS" "Amazon Elastic Container Service" "Compute" Always "Fargate-ARM-GB-Hours" ["FargateTask"], "hours" 35_600_000 Fraction(8_000), "arn:aws:ecs:{r}:{a}:task/{n}/{h}";
    "eks" "AmazonEKS" "Amazon Elastic Container Service for Kubernetes" "Compute" Always "AmazonEKS-Hours:perCluster" ["CreateOperation"], "Hours" 1_000_000_000 Hours, "arn:aws:eks:{r}:{a}:cluster/{n}";
    "rds-storage" "AmazonRDS" "Amazon Relational Database Service" "Database Storage" Classic "RDS:GP3-Storage" ["CreateDBInstance:0014", "CreateDBInstance:0002"], "GB-Mo" 1_150_000_000 Size(1000), "arn:aws:rds:{r}:{a}:db:{n}";
    "rds-backup" "AmazonRDS" "Amazon Relational Database Service" "Storage Snapshot" Classic "RDS:ChargedBackupUsage" [""], "GB-Mo" 950_000_000 Fraction(1_000), "arn:aws:rds:{r}:{a}:db:{n}";
    "aurora-io" "AmazonRDS" "Amazon Relational Database Service" "System Operation" Classic "Aurora:StorageIOUsage" ["CreateDBInstance:0021", "CreateDBInstance:0016"], "IOs" 2_000 Count(900_000), "arn:aws:rds:{r}:{a}:cluster:cluster-{h}";
    "serverless-v2" "AmazonRDS" "Amazon Relational Database Service" "ServerlessV2" Classic "Aurora:ServerlessV2Usage" ["CreateDBInstance:0021"], "ACU-Hr" 1_200_000_000 Fraction(6_000), "arn:aws:rds:{r}:{a}:cluster:cluster-{h}";
    "es-storage" "AmazonES" "Amazon OpenSearch Service" "Amazon OpenSearch Service Volume" Classic "ES:gp3-Storage" ["ESDomain"], "GB-Mo" 1_220_000_000 Size(800), "arn:aws:es:{r}:{a}:domain/{n}";
    "metrics" "AmazonCloudWatch" "AmazonCloudWatch" "Metric" Classic "CW:MetricMonitorUsage" ["MetricStorage:AWS/EC2", "MetricStorage", "MetricStorage:AWS/Logs-EMF"], "Metrics" 3_000_000_000 Fraction(60), "";
    "cw-requests" "AmazonCloudWatch" "AmazonCloudWatch" "API Request" Classic "CW:Requests" ["GetMetricData", "PutMetricData", "GetMetricStatistics"], "Requests" 100_000 Count(2_000), "";
    "alarm" "AmazonCloudWatch" "AmazonCloudWatch" "Alarm" Classic "CW:AlarmMonitorUsage" ["Unknown"], "Alarms" 1_000_000_000 Size(1), "arn:aws:cloudwatch:{r}:{a}:alarm:{n}-{h}";
    "logs" "AmazonCloudWatch" "AmazonCloudWatch" "Data Payload" Classic "DataProcessing-Bytes" ["PutLogEvents"], "GB" 5_000_000_000 Fraction(80), "arn:aws:logs:{r}:{a}:log-group:/aws/lambda/{n}";
    "log-storage" "AmazonCloudWatch" "AmazonCloudWatch" "Storage Snapshot" Classic "TimedStorage-ByteHrs" ["HourlyStorageMetering"], "GB-Mo" 300_000_000 Fraction(20), "arn:aws:logs:{r}:{a}:log-group:/aws/lambda/{n}";
    "kms" "awskms" "AWS Key Management Service" "API Request" Always "KMS-Requests" ["Decrypt", "GenerateDataKey", "Encrypt"], "Requests" 30_000 Count(3_000), "arn:aws:kms:{r}:{a}:key/{u}";
    "kms-key" "awskms" "AWS Key Management Service" "Encryption Key" Always "KMS-Keys" ["Unknown"], "Keys" 10_000_000_000 Size(1), "arn:aws:kms:{r}:{a}:key/{u}";
    "dynamo-read" "AmazonDynamoDB" "Amazon DynamoDB" "Amazon DynamoDB PayPerRequest Throughput" Classic "ReadRequestUnits" ["PayPerRequestThroughput"], "ReadRequestUnits" 2_500 Count(400_000), "arn:aws:dynamodb:{r}:{a}:table/{n}";
    "dynamo-write" "AmazonDynamoDB" "Amazon DynamoDB" "Amazon DynamoDB PayPerRequest Throughput" Classic "WriteRequestUnits" ["PayPerRequestThroughput"], "WriteRequestUnits" 12_500 Count(90_000), "arn:aws:dynamodb:{r}:{a}:table/{n}";
    "dynamo-storage" "AmazonDynamoDB" "Amazon DynamoDB" "Database Storage" Classic "TimedStorage-ByteHrs" [""], "GB-Mo" 2_500_000_000 Fraction(20), "arn:aws:dynamodb:{r}:{a}:table/{n}";
    "sqs" "AWSQueueService" "Amazon Simple Queue Service" "API Request" Classic "Requests-RBP" ["SQS:ReceiveMessage", "SQS:SendMessage", "SQS:DeleteMessage"], "Requests" 4_000 Count(60_000), "arn:aws:sqs:{r}:{a}:{n}";
    "sns" "AmazonSNS" "Amazon Simple Notification Service" "API Request" Classic "Requests-Tier1" ["Publish"], "Requests" 5_000 Count(9_000), "arn:aws:sns:{r}:{a}:{n}";
    "events" "AWSEvents" "CloudWatch Events" "EventBridge" Always "Event-64K-Chunks" ["PutEvents"], "64K-Chunks" 10_000 Count(5_000), "";
    "trail" "AWSCloudTrail" "AWS CloudTrail" "Management Tools - AWS CloudTrail Paid Events Recorded" Always "PaidEventsRecorded" ["None"], "Events" 200_000 Count(900), "";
    "config" "AWSConfig" "AWS Config" "Management Tools - AWS Config" Always "ConfigurationItemRecorded" ["None"], "ConfigurationItemRecorded" 30_000_000 Count(40), "";
    "guard" "AmazonGuardDuty" "Amazon GuardDuty" "Amazon GuardDuty" Always "PaidEventsAnalyzed" ["CloudTrailEventsAnalyzed"], "Events" 40_000 Count(8_000), "";
    "secrets" "AWSSecretsManager" "AWS Secrets Manager" "Secret" Always "AWSSecretsManager-Secrets" ["None"], "Secrets" 4_000_000_000 Size(1), "arn:aws:secretsmanager:{r}:{a}:secret:{n}";
    "secret-requests" "AWSSecretsManager" "AWS Secrets Manager" "API Request" Always "AWSSecretsManagerAPIRequest" ["None"], "API Requests" 50_000 Count(500), "";
    "registry" "AmazonECR" "Amazon EC2 Container Registry (ECR)" "EC2 Container Registry" Classic "TimedStorage-ByteHrs" [""], "GB-Mo" 1_000_000_000 Fraction(300), "arn:aws:ecr:{r}:{a}:repository/{n}";
    "dns" "AmazonRoute53" "Amazon Route 53" "DNS Query" Never "DNS-Queries" ["A", "AAAA", "CNAME"], "Queries" 4_000 Count(30_000), "arn:aws:route53:::hostedzone/Z0{h}";
    "cdn" "AmazonCloudFront" "Amazon CloudFront" "Data Transfer" Never "US-DataTransfer-Out-Bytes" ["GET"], "GB" 850_000_000 Fraction(2_000), "arn:aws:cloudfront::{a}:distribution/E{h}";
    "cdn-requests" "AmazonCloudFront" "Amazon CloudFront" "Request" Never "US-Requests-Tier2-HTTPS" ["GET", "POST"], "Requests" 10_000 Count(90_000), "arn:aws:cloudfront::{a}:distribution/E{h}";
    "api" "AmazonApiGateway" "Amazon API Gateway" "API Calls" Always "ApiGatewayRequest" ["ApiGatewayRequest"], "Requests" 35_000 Count(20_000), "arn:aws:apigateway:{r}::/restapis/{n}";
    "steps" "AmazonStates" "AWS Step Functions" "AWS Step Functions" Always "StateTransition" ["None"], "StateTransitions" 250_000 Count(4_000), "arn:aws:states:{r}:{a}:stateMachine:{n}";
    "kinesis" "AmazonKinesis" "Amazon Kinesis" "Kinesis Streams" Always "Storage-ShardHour" ["shardHourStorage"], "ShardHour" 150_000_000 Hours, "arn:aws:kinesis:{r}:{a}:stream/{n}";
    "firehose" "AmazonKinesisFirehose" "Amazon Kinesis Firehose" "Kinesis Firehose" Always "BilledBytes" ["PutRecordBatch"], "GB" 290_000_000 Fraction(500), "arn:aws:firehose:{r}:{a}:deliverystream/{n}";
    "glue" "AWSGlue" "AWS Glue" "AWS Glue" Always "ETL-DPU-Hour" ["Jobrun"], "DPU-Hour" 4_400_000_000 Fraction(3_000), "arn:aws:glue:{r}:{a}:job/{n}";
    "athena" "AmazonAthena" "Amazon Athena" "Athena Queries" Always "DataScannedInTB" ["ExecuteQuery"], "Terabytes" 50_000_000_000 Fraction(8), "arn:aws:athena:{r}:{a}:workgroup/{n}";
    "redshift" "AmazonRedshift" "Amazon Redshift" "Compute Instance" Classic "Node:ra3.xlplus" ["RunComputeNode:0001"], "Hrs" 10_860_000_000 Hours, "arn:aws:redshift:{r}:{a}:namespace:{u}";
    "kafka" "AmazonMSK" "Amazon Managed Streaming for Apache Kafka" "Managed Streaming for Apache Kafka (MSK)" Always "Kafka.m5.large" ["RunBroker"], "Hrs" 2_100_000_000 Hours, "arn:aws:kafka:{r}:{a}:cluster/{n}/{u}-7";
    "docdb" "AmazonDocDB" "Amazon DocumentDB (with MongoDB compatibility)" "Database Instance" Classic "InstanceUsage:db.r5.large" ["CreateDBInstance"], "Hrs" 2_770_000_000 Hours, "arn:aws:rds:{r}:{a}:db:{n}";
    "neptune" "AmazonNeptune" "Amazon Neptune" "Database Instance" Classic "InstanceUsage:db.r5.large" ["CreateDBInstance:0026"], "Hrs" 3_480_000_000 Hours, "arn:aws:rds:{r}:{a}:db:{n}";
    "emr" "ElasticMapReduce" "Amazon Elastic MapReduce" "Elastic Map Reduce Instance" Classic "BoxUsage:m5.xlarge" ["RunInstances:EMR"], "Hrs" 480_000_000 Hours, "arn:aws:elasticmapreduce:{r}:{a}:cluster/j-{h}";
    "notebook" "AmazonSageMaker" "Amazon SageMaker" "ML Instance" Always "Notebk:ml.t3.medium" ["RunInstance"], "Hrs" 500_000_000 Hours, "arn:aws:sagemaker:{r}:{a}:notebook-instance/{n}";
    "build" "CodeBuild" "CodeBuild" "Compute" Always "Build-Min:Linux:g1.small" ["BuildMinutes"], "minutes" 50_000_000 Count(40), "arn:aws:codebuild:{r}:{a}:project/{n}";
    "backup" "AWSBackup" "AWS Backup" "AWS Backup Storage" Always "WarmStorage-ByteHrs-EBS" ["Storage"], "GB-Mo" 500_000_000 Fraction(600), "arn:aws:backup:{r}:{a}:backup-vault:{n}";
    "waf" "awswaf" "AWS WAF" "Web Application Firewall" Always "WebACLV2" ["None"], "Month" 50_000_000_000 Size(1), "arn:aws:wafv2:{r}:{a}:regional/webacl/{n}/{u}";
    "efs" "AmazonEFS" "Amazon Elastic File System" "Storage" Always "TimedStorage-ByteHrs" [""], "GB-Mo" 3_000_000_000 Fraction(90), "arn:aws:elasticfilesystem:{r}:{a}:file-system/fs-0{h}";
    "transit" "AmazonVPC" "Amazon Virtual Private Cloud" "Transit Gateway" Always "TransitGateway-Bytes" ["TransitGatewayVPC"], "GB" 200_000_000 Fraction(2_000), "arn:aws:ec2:{r}:{a}:transit-gateway-attachment/tgw-attach-0{h}";
    "param" "AWSSystemsManager" "AWS Systems Manager" "API Request" Always "PS-Param-Processed-Tier2" ["GetParameter"], "API Interactions" 50_000 Count(600), "";
    "xray" "AWSXRay" "AWS X-Ray" "AWS X-Ray" Always "XRay-TracesStored" ["PutTraceSegments"], "Traces" 50_000 Count(9_000), "";
    "inspector" "AmazonInspectorV2" "Amazon Inspector" "Security Services" Always "EC2-Instance-Hours" ["EC2Scan"], "Instances" 17_200_000 Hours, "i-0{h}";
}

/// How long a resource lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// Through all months, or a good part of them.
    Long,
    /// Days.
    Medium,
    /// Hours.
    Short,
}

/// Meters that one resource sets running; "ec2", "rds", "cache" and "search" are instances.
pub(super) struct Bundle {
    /// Share of the rows, in parts of all shares.
    pub share: u64,
    pub life: Life,
    pub members: &'static [&'static str],
}

const fn bundle(share: u64, life: Life, members: &'static [&'static str]) -> Bundle {
    Bundle { share, life, members }
}

/// All bundles.
pub(super) const BUNDLES: &[Bundle] = &[
    bundle(200, Life::Long, &["ec2", "gp3", "regional", "out", "in", "pair-out", "pair-in"]),
    bundle(60, Life::Long, &["ec2", "gp2", "gp2", "regional", "credits", "inspector"]),
    bundle(45, Life::Medium, &["ec2", "gp3", "regional", "in"]),
    bundle(100, Life::Short, &["spot", "gp3"]),
    bundle(40, Life::Long, &["gp2", "iops"]),
    bundle(25, Life::Long, &["snapshot"]),
    bundle(120, Life::Long, &["tier1", "tier1", "tier2", "tier2", "tier2", "s3-storage", "s3-out", "s3-pair", "s3-ia"]),
    bundle(60, Life::Long, &["lambda-x86", "lambda-requests", "logs", "log-storage"]),
    bundle(25, Life::Long, &["lambda-arm", "lambda-requests", "logs"]),
    bundle(40, Life::Long, &["rds", "rds-storage", "rds-backup"]),
    bundle(12, Life::Long, &["rds", "aurora-io"]),
    bundle(4, Life::Long, &["serverless-v2", "aurora-io"]),
    bundle(20, Life::Long, &["cache"]),
    bundle(12, Life::Long, &["search", "es-storage"]),
    bundle(35, Life::Long, &["lb", "lcu", "lb-out", "address"]),
    bundle(20, Life::Long, &["nat-hours", "nat-bytes", "address"]),
    bundle(20, Life::Long, &["endpoint", "endpoint-bytes"]),
    bundle(90, Life::Short, &["fargate-cpu", "fargate-memory"]),
    bundle(50, Life::Short, &["fargate-arm-cpu", "fargate-arm-memory"]),
    bundle(6, Life::Long, &["eks"]),
    bundle(40, Life::Long, &["metrics", "cw-requests"]),
    bundle(15, Life::Long, &["alarm"]),
    bundle(25, Life::Long, &["kms", "kms-key"]),
    bundle(30, Life::Long, &["dynamo-read", "dynamo-write", "dynamo-storage"]),
    bundle(20, Life::Long, &["sqs"]),
    bundle(10, Life::Long, &["sns"]),
    bundle(6, Life::Long, &["events"]),
    bundle(6, Life::Long, &["trail"]),
    bundle(8, Life::Long, &["config"]),
    bundle(6, Life::Long, &["guard"]),
    bundle(8, Life::Long, &["secrets", "secret-requests"]),
    bundle(5, Life::Long, &["registry"]),
    bundle(8, Life::Long, &["dns"]),
    bundle(8, Life::Long, &["cdn", "cdn-requests"]),
    bundle(6, Life::Medium, &["api"]),
    bundle(5, Life::Medium, &["steps"]),
    bundle(5, Life::Long, &["kinesis"]),
    bundle(4, Life::Long, &["firehose"]),
    bundle(6, Life::Short, &["glue"]),
    bundle(3, Life::Medium, &["athena"]),
    bundle(2, Life::Long, &["redshift"]),
    bundle(3, Life::Long, &["kafka"]),
    bundle(2, Life::Long, &["docdb"]),
    bundle(1, Life::Long, &["neptune"]),
    bundle(4, Life::Short, &["emr", "ec2"]),
    bundle(2, Life::Medium, &["notebook"]),
    bundle(4, Life::Short, &["build"]),
    bundle(3, Life::Long, &["backup"]),
    bundle(2, Life::Long, &["waf"]),
    bundle(4, Life::Long, &["efs"]),
    bundle(5, Life::Long, &["transit"]),
    bundle(3, Life::Long, &["param"]),
    bundle(2, Life::Long, &["xray"]),
];
