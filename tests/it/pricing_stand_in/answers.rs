//! What the service answers: AWS JSON 1.1.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    State, bulk,
    catalogue::{Catalogue, REGIONS},
};
use crate::s3_stand_in::http::{Answer, Body, End, Request};

/// Records of one page at most.
const PAGE: usize = 100;

/// Service codes of Savings Plans, and the offer codes that their files bear.
pub(crate) const PLANS: [(&str, &str); 3] = [
    ("ComputeSavingsPlans", "AWSComputeSavingsPlan"),
    ("MachineLearningSavingsPlans", "AWSMachineLearningSavingsPlans"),
    ("DatabaseSavingsPlans", "AWSDatabaseSavingsPlans"),
];

pub(super) fn answer(state: &Mutex<State>, port: u16, request: &Request) -> Answer {
    let mut state = state.lock().unwrap();
    state.requests += 1;
    if request.method == "GET" {
        return file(&mut state, port, request);
    }
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    let action = header("x-amz-target").strip_prefix("AWSPriceListService.").unwrap_or_default().to_owned();
    *state.counts.entry(action.clone()).or_default() += 1;
    let faults = state.faults.clone();
    if chance(&state, "throttle", faults.throttle) {
        return failure(400, "ThrottlingException", "Rate exceeded");
    }
    if chance(&state, "broken", faults.broken) {
        return failure(500, "InternalErrorException", "We encountered an internal error.");
    }
    if faults.fail_after.is_some_and(|pages| state.pages >= pages) {
        return failure(500, "InternalErrorException", "An error on the server occurred.");
    }
    if let Some((status, code, message)) = faults.refuse {
        return failure(status, code, message);
    }
    let signature = header("authorization");
    if !signature.starts_with("AWS4-HMAC-SHA256 ") {
        return failure(400, "MissingAuthenticationTokenException", "Request is missing Authentication Token");
    }
    if !signature.contains("/pricing/aws4_request") {
        return failure(400, "InvalidSignatureException", "Credential should be scoped to correct service: 'pricing'.");
    }
    if header("content-type") != "application/x-amz-json-1.1" || request.method != "POST" || !request.path.is_empty() {
        return failure(404, "UnknownOperationException", "");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return failure(400, "SerializationException", "Start of structure or map found where not expected.");
    };
    let answer = match action.as_str() {
        "GetProducts" => products(&mut state, &body),
        "ListPriceLists" => lists(&state, &body),
        "GetPriceListFileUrl" => url(port, &body),
        "DescribeServices" => services(&body),
        "GetAttributeValues" => values(&body),
        _ => failure(400, "UnknownOperationException", ""),
    };
    let cut = answer.status == 200 && chance(&state, "cut", faults.cut);
    let hang = answer.status == 200 && state.hung < faults.hang;
    state.hung += u64::from(hang);
    drop(state);
    thread::sleep(faults.delay);
    let end = match (hang, cut) {
        (true, _) => End::Stalled,
        (_, true) => End::Cut,
        _ => End::Whole,
    };
    Answer { end, ..answer }
}

fn products(state: &mut State, body: &Value) -> Answer {
    let catalogue = Catalogue::get();
    let Some(code) = body["ServiceCode"].as_str() else {
        return failure(400, "InvalidParameterException", "ServiceCode is missing");
    };
    let Some(fields) = catalogue.fields.get(code) else {
        return failure(400, "NotFoundException", "Invalid service code");
    };
    let most = body["MaxResults"].as_u64().unwrap_or(100);
    if !(1..=100).contains(&most) {
        return failure(400, "InvalidParameterException", "MaxResults must be between 1 and 100");
    }
    let empty = Vec::new();
    let mut filters: Vec<(&str, &str)> = Vec::new();
    for filter in body["Filters"].as_array().unwrap_or(&empty) {
        let text = |name: &str| filter[name].as_str().unwrap_or_default();
        if text("Type") != "TERM_MATCH" || !fields.contains(text("Field")) {
            let message = format!("The filter field {} is not valid for {code}", text("Field"));
            return failure(400, "InvalidParameterException", &message);
        }
        filters.push((text("Field"), text("Value")));
    }
    filters.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (code, &filters).hash(&mut hasher);
    let query = hasher.finish();

    let mut start = 0;
    if let Some(token) = body["NextToken"].as_str() {
        let read = || {
            let bytes = BASE64_STANDARD.decode(token).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            let mut parts = text.split('/').map(|part| part.parse::<u64>().ok());
            Some((parts.next()??, parts.next()??, parts.next()??))
        };
        match read() {
            Some((of, place, epoch)) if of == query => {
                if epoch != state.epoch {
                    return failure(400, "ExpiredNextTokenException", "The pagination token expired.");
                }
                start = usize::try_from(place).unwrap();
            }
            _ => return failure(400, "InvalidNextTokenException", "The pagination token is invalid."),
        }
    }
    let found = state.found.entry(query).or_insert_with(|| {
        let fits = |place: &usize| {
            let product = &catalogue.products[*place];
            product.code == code
                && filters.iter().all(|(field, value)| match *field {
                    "productFamily" => product.family == *value,
                    "ServiceCode" => product.code == *value,
                    "sku" => product.sku == *value,
                    field => product.get(field) == *value,
                })
        };
        Arc::new((0..catalogue.products.len()).filter(fits).collect())
    });
    let found = Arc::clone(found);
    let most = usize::try_from(most).unwrap().min(state.faults.page_size.unwrap_or(PAGE));
    let end = found.len().min(start + most);
    let mut records: Vec<String> =
        found[start.min(end)..end].iter().map(|place| catalogue.products[*place].record()).collect();
    if let Some(day) = state.faults.published {
        for record in &mut records {
            let at = record.find("\"publicationDate\":\"").unwrap() + 19;
            record.replace_range(at..at + 10, day);
        }
    }
    if state.faults.endless {
        records.clear();
    }
    state.pages += 1;
    if state.faults.malformed_record == Some(state.pages) {
        let half = records[0].len() / 2;
        records[0].truncate(half);
    }
    let mut answer = json!({ "FormatVersion": "aws_v1", "PriceList": records });
    let next = if state.faults.circle {
        Some(0)
    } else if state.faults.endless {
        Some(usize::try_from(state.pages).unwrap())
    } else {
        (end < found.len()).then_some(end)
    };
    if let Some(next) = next {
        answer["NextToken"] = BASE64_STANDARD.encode(format!("{query}/{next}/{}", state.epoch)).into();
    }
    let mut text = answer.to_string();
    if state.faults.malformed == Some(state.pages) {
        text.truncate(text.len() * 2 / 3);
        text.push('…');
    }
    ok(text)
}

fn lists(state: &State, body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let (code, region) = (text("ServiceCode"), text("RegionCode"));
    if body["EffectiveDate"].as_f64().is_none() || text("CurrencyCode").is_empty() {
        return failure(400, "InvalidParameterException", "EffectiveDate and CurrencyCode are required");
    }
    let plan = PLANS.iter().find(|(known, _)| *known == code).map(|(_, offer)| *offer);
    if !Catalogue::get().fields.contains_key(code) && plan.is_none() {
        return failure(400, "ResourceNotFoundException", "Invalid service code");
    }
    let known = REGIONS.contains(&region) && text("CurrencyCode") == "USD";
    let formats = state.faults.formats.clone().unwrap_or_else(|| vec!["csv", "json"]);
    let code = plan.unwrap_or(code);
    let list = json!({
        "CurrencyCode": "USD", "FileFormats": formats, "RegionCode": region,
        "PriceListArn": format!("arn:aws:pricing:::price-list/aws/{code}/USD/20251009042925/{region}"),
    });
    ok(json!({ "PriceLists": if known { vec![list] } else { Vec::new() } }).to_string())
}

fn url(port: u16, body: &Value) -> Answer {
    let arn = body["PriceListArn"].as_str().unwrap_or_default();
    let format = body["FileFormat"].as_str().unwrap_or_default();
    let parts: Vec<&str> = arn.split('/').collect();
    let (["arn:aws:pricing:::price-list", "aws", code, "USD", _, region], "csv" | "json") = (parts.as_slice(), format)
    else {
        return failure(400, "ResourceNotFoundException", "No such price list");
    };
    // Sent on from there, as a bucket may do.
    let url = format!("http://127.0.0.1:{port}/moved/{code}/{region}/index.{format}?X-Amz-Expires=3600");
    ok(json!({ "Url": url }).to_string())
}

fn file(state: &mut State, port: u16, request: &Request) -> Answer {
    *state.counts.entry("GET".to_owned()).or_default() += 1;
    let parts: Vec<&str> = request.path.split('/').collect();
    if state.faults.fail_after.is_some_and(|pages| state.pages >= pages) {
        return Answer { status: 503, ..Answer::default() };
    }
    match parts.as_slice() {
        ["moved", code, region, name] => {
            let location = format!("http://127.0.0.1:{port}/offers/{code}/{region}/{name}");
            Answer { status: 302, headers: vec![("location", location)], ..Answer::default() }
        }
        ["offers", code, region, name] => {
            let bytes = state.files.entry(request.path.clone()).or_insert_with(|| {
                let json = *name == "index.json";
                Arc::new(bulk::document(code, region, json).into_bytes())
            });
            let mut bytes = Arc::clone(bytes);
            if state.faults.malformed_file {
                bytes = Arc::new(bytes[..bytes.len() * 2 / 3].to_vec());
            }
            let end = if chance(state, "cut", state.faults.cut) { End::Cut } else { End::Whole };
            let body = Body { start: 0, end: bytes.len(), bytes };
            Answer { status: 200, headers: Vec::new(), body, end }
        }
        _ => Answer { status: 404, ..Answer::default() },
    }
}

fn services(body: &Value) -> Answer {
    let catalogue = Catalogue::get();
    let wanted = body["ServiceCode"].as_str();
    let services: Vec<Value> = catalogue
        .fields
        .iter()
        .filter(|(code, _)| wanted.is_none_or(|wanted| wanted == **code))
        .map(|(code, fields)| json!({ "ServiceCode": code, "AttributeNames": fields }))
        .collect();
    ok(json!({ "FormatVersion": "aws_v1", "Services": services }).to_string())
}

fn values(body: &Value) -> Answer {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let products = Catalogue::get().products.iter().filter(|product| product.code == text("ServiceCode"));
    let values: std::collections::BTreeSet<&str> = products.map(|product| product.get(text("AttributeName"))).collect();
    let values: Vec<Value> = values.into_iter().take(PAGE).map(|value| json!({ "Value": value })).collect();
    ok(json!({ "AttributeValues": values }).to_string())
}

/// Decides by seed and number of the request.
fn chance(state: &State, what: &str, of_hundred: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    (state.faults.seed, state.requests, what).hash(&mut hasher);
    hasher.finish() % 100 < of_hundred
}

fn ok(text: String) -> Answer {
    json_answer(200, text)
}

fn failure(status: u16, code: &str, message: &str) -> Answer {
    json_answer(status, json!({ "__type": format!("com.amazonaws.pricing#{code}"), "message": message }).to_string())
}

fn json_answer(status: u16, text: String) -> Answer {
    Answer {
        status,
        headers: vec![("content-type", "application/x-amz-json-1.1".to_owned())],
        body: text.into_bytes().into(),
        end: End::Whole,
    }
}
