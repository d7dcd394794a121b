//! The bucket as an object store: reads in parts, conditions, listings, uploads.

use std::sync::Arc;

use futures::TryStreamExt;
use gravimeter::{
    error::{Error, Kind},
    source::{Access, bucket},
};
use object_store::{
    Error as StoreError, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path,
};

use crate::s3_stand_in::{BUCKET, Faults, StandIn};

/// An empty bucket that needs no signature.
async fn empty() -> (StandIn, Arc<dyn ObjectStore>) {
    let service = StandIn::empty();
    service.fails(Faults { public: true, ..Faults::default() });
    let access = Access {
        endpoint_url: Some(service.endpoint()),
        region: Some("us-east-1".to_owned()),
        no_sign_request: true,
        ..Access::default()
    };
    let store = bucket(BUCKET, &access).await;
    (service, store)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

/// More than two parts, so that they are put together.
fn large() -> Vec<u8> {
    (0..20_000_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect()
}

#[test]
fn every_range_is_that_of_the_object() {
    run(async {
        let (service, store) = empty().await;
        let bytes = large();
        let size = bytes.len() as u64;
        service.put("a/large", bytes.clone());
        service.put("a/none", Vec::new());
        let (path, half) = (Path::from("a/large"), size / 2);
        let get = async |range: Option<GetRange>, if_match: Option<String>| {
            let options = GetOptions { range, if_match, ..GetOptions::default() };
            let got = store.get_opts(&path, options).await.unwrap();
            assert_eq!(got.meta.size, size);
            let range = usize::try_from(got.range.start).unwrap()..usize::try_from(got.range.end).unwrap();
            (got.bytes().await.unwrap() == bytes[range.clone()], range)
        };
        let tag = store.head(&path).await.unwrap().e_tag;
        let end = bytes.len();
        for tag in [None, tag] {
            assert_eq!(get(None, tag.clone()).await, (true, 0..end));
            assert_eq!(get(Some(GetRange::Offset(half)), tag.clone()).await, (true, end / 2..end));
            assert_eq!(get(Some(GetRange::Suffix(10)), tag.clone()).await, (true, end - 10..end));
            assert_eq!(get(Some(GetRange::Bounded(3..half)), tag.clone()).await, (true, 3..end / 2));
            assert_eq!(get(Some(GetRange::Bounded(7..9)), tag.clone()).await, (true, 7..9));
            assert_eq!(get(Some(GetRange::Bounded(5..size + 9)), tag).await, (true, 5..end));
        }
        let ranges = store.get_ranges(&path, &[0..3, 1_000..2_000, 15_000_000..15_000_010]).await.unwrap();
        assert_eq!(ranges[2], bytes[15_000_000..15_000_010]);
        assert!(store.get(&Path::from("a/none")).await.unwrap().bytes().await.unwrap().is_empty());
        assert!(matches!(store.get(&Path::from("a/absent")).await, Err(StoreError::NotFound { .. })));
        assert!(matches!(store.head(&Path::from("a/absent")).await, Err(StoreError::NotFound { .. })));
    });
}

#[test]
fn another_version_is_never_read() {
    run(async {
        let (service, store) = empty().await;
        let path = Path::from("k");
        service.put("k", large());
        let tag = store.head(&path).await.unwrap().e_tag;
        // Replaced between the parts of one range.
        service.fails(Faults {
            public: true,
            swaps: vec![(1, vec![("k".to_owned(), vec![1; 20_000_000])])],
            ..Faults::default()
        });
        let torn = match store.get(&path).await {
            Ok(got) => got.bytes().await,
            Err(error) => Err(error),
        };
        let error = Error::within(&torn.unwrap_err()).unwrap();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (Kind::Changed, "s3://bills/k was changed while it was read")
        );
        let pinned = || GetOptions { if_match: tag.clone(), ..GetOptions::default() };
        assert!(matches!(store.get_opts(&path, pinned()).await, Err(StoreError::Precondition { .. })));
        let fresh = store.head(&path).await.unwrap().e_tag;
        let unless = GetOptions { if_none_match: fresh, ..GetOptions::default() };
        assert!(matches!(store.get_opts(&path, unless).await, Err(StoreError::NotModified { .. })));
        store.delete(&path).await.unwrap();
        let error = Error::within(&store.get_opts(&path, pinned()).await.unwrap_err()).unwrap();
        assert_eq!(error.kind(), Kind::Changed);
    });
}

#[test]
fn listings_go_over_pages() {
    run(async {
        let (service, store) = empty().await;
        let keys: Vec<String> = (0..23).map(|n| format!("a/{}/k{n:02}", n % 3)).collect();
        for key in keys.iter().map(String::as_str).chain(["a/0/", "ab/x", "/odd//key", "z"]) {
            service.put(key, vec![1]);
        }
        let all: Vec<_> = store.list(None).try_collect().await.unwrap();
        assert_eq!(all.len(), 26);
        let odd = all.iter().find(|object| object.location.as_ref().starts_with("key-in-hex=")).unwrap();
        assert_eq!(store.get(&odd.location).await.unwrap().bytes().await.unwrap().len(), 1);
        let mut below: Vec<String> = store
            .list(Some(&Path::from("a")))
            .map_ok(|object| object.location.to_string())
            .try_collect()
            .await
            .unwrap();
        below.sort();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(below, sorted);
        let behind: Vec<_> = store
            .list_with_offset(Some(&Path::from("a")), &Path::from(sorted[20].as_str()))
            .try_collect()
            .await
            .unwrap();
        assert_eq!(behind.len(), 2);
        let level = store.list_with_delimiter(Some(&Path::from("a"))).await.unwrap();
        assert_eq!(level.common_prefixes.iter().map(Path::as_ref).collect::<Vec<_>>(), ["a/0", "a/1", "a/2"]);
        assert!(level.objects.is_empty());
        let top = store.list_with_delimiter(None).await.unwrap();
        assert_eq!(top.objects.iter().map(|object| object.location.as_ref()).collect::<Vec<_>>(), ["z"]);
    });
}

#[test]
fn uploads_copies_and_deletions_arrive() {
    run(async {
        let (service, store) = empty().await;
        service.fails(Faults { public: true, slow_down: 10, seed: 5, ..Faults::default() });
        let path = Path::from("out/report (1).html");
        let put = store.put(&path, "one".into()).await.unwrap();
        assert_eq!(store.head(&path).await.unwrap().e_tag, put.e_tag);
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let refused = store.put_opts(&path, "two".into(), create).await;
        assert!(matches!(refused, Err(StoreError::AlreadyExists { .. })), "{refused:?}");
        let stale = PutMode::Update(object_store::UpdateVersion { e_tag: Some("\"0\"".to_owned()), version: None });
        let refused = store.put_opts(&path, "two".into(), PutOptions { mode: stale, ..PutOptions::default() }).await;
        assert!(matches!(refused, Err(StoreError::Precondition { .. })), "{refused:?}");
        assert_eq!(service.get("out/report (1).html").unwrap(), b"one");

        let copy = Path::from("out/copy");
        store.copy(&path, &copy).await.unwrap();
        assert_eq!(service.get("out/copy").unwrap(), b"one");
        assert!(matches!(store.copy_if_not_exists(&path, &copy).await, Err(StoreError::AlreadyExists { .. }) | Ok(())));
        store.delete(&path).await.unwrap();
        store.delete(&path).await.unwrap();
        assert_eq!(service.get("out/report (1).html"), None);

        let mut upload = store.put_multipart(&path).await.unwrap();
        let parts: Vec<_> =
            [vec![b'a'; 6_000_000], vec![b'b'; 10]].into_iter().map(|part| upload.put_part(part.into())).collect();
        // The second part arrives first.
        for part in parts.into_iter().rev() {
            part.await.unwrap();
        }
        upload.complete().await.unwrap();
        let whole = service.get("out/report (1).html").unwrap();
        assert!(whole.len() == 6_000_010 && whole[5_999_999] == b'a' && whole[6_000_000] == b'b');
        let mut upload = store.put_multipart(&path).await.unwrap();
        upload.put_part(vec![b'c'].into()).await.unwrap();
        upload.abort().await.unwrap();
        assert_eq!(service.get("out/report (1).html").unwrap().len(), 6_000_010);
    });
}
