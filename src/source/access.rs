//! How stores are reached: what the command line says about S3.

use std::time::Duration;

/// How S3 is reached; what is not given comes from where the AWS tools look for it.
#[derive(Debug, Clone)]
pub struct Access {
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Region of the bucket; the bucket's own one is found and followed.
    pub region: Option<String>,
    /// Another service than that of AWS.
    pub endpoint_url: Option<String>,
    /// Names the bucket in the path; always done with another endpoint.
    pub path_style: bool,
    /// Agrees to pay for requests.
    pub request_payer: bool,
    /// Sends requests without a signature, as public buckets allow.
    pub no_sign_request: bool,
    /// How long a request is repeated that fails for reasons that may pass.
    pub give_up_after: Duration,
    /// Told, every few seconds, what is being waited for.
    pub talk: Option<fn(&str)>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            endpoint_url: None,
            path_style: false,
            request_payer: false,
            no_sign_request: false,
            give_up_after: Duration::from_mins(3),
            talk: None,
        }
    }
}
