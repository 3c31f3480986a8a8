package s3http_test

import "testing"

func TestConfigurationsByID(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for query, root := range map[string]string{
		"analytics": "ListBucketAnalyticsConfigurationResult", "metrics": "ListMetricsConfigurationsResult",
		"inventory": "ListInventoryConfigurationsResult", "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput",
	} {
		f.run(
			step{why: "none in the list", request: "GET /bkt?" + query, status: 200, has: []string{"<" + root + " xmlns=", "<IsTruncated>false</IsTruncated></" + root + ">"}},
			step{why: "none of that id", request: "GET /bkt?id=1&" + query, status: 404, code: "NoSuchConfiguration"},
			step{why: "none to remove", request: "DELETE /bkt?id=1&" + query, status: 404, code: "NoSuchConfiguration"},
			step{why: "which one", request: "DELETE /bkt?" + query, status: 400, code: "InvalidArgument"},
			step{why: "none can be made", request: "PUT /bkt?id=1&" + query, body: "<x/>", status: 501, code: "NotImplemented"},
			step{why: "the owner's business", request: "GET /bkt?" + query, headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
			step{why: "no bucket", request: "GET /none?" + query, status: 404, code: "NoSuchBucket"},
		)
	}
}

func TestOtherConfigurations(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.run(
		step{why: "none", request: "GET /bkt?metadataConfiguration", status: 404, code: "MetadataConfigurationNotFound"},
		step{why: "none", request: "GET /bkt?metadataTable", status: 404, code: "MetadataTableConfigurationNotFound"},
		step{why: "off", request: "GET /bkt?abac", status: 200, has: []string{"<Status>Disabled</Status>"}},
		step{why: "to have none is what the bucket has", request: "PUT /bkt?notification", body: "<NotificationConfiguration/>", status: 200},
		step{why: "cannot be had", request: "PUT /bkt?notification", body: "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>", status: 501, code: "NotImplemented"},
		step{why: "nothing is not an empty document", request: "PUT /bkt?notification", status: 400, code: "MissingRequestBodyError"},
		step{why: "cannot be had", request: "PUT /bkt?accelerate", body: "<x/>", status: 501, code: "NotImplemented"},
		step{why: "cannot be had", request: "PUT /bkt?replication", body: "<x/>", status: 501, code: "NotImplemented"},
	)
}

func TestWithdrawnOperations(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "x", "X-Amz-Storage-Class: GLACIER_IR")
	f.run(
		step{why: "nothing is in an archive, whatever its class", request: "POST /bkt/o?restore", body: "<RestoreRequest/>", status: 403, code: "InvalidObjectState", has: []string{"<StorageClass>GLACIER_IR</StorageClass>"}},
		step{why: "clients would not read what lies in an archive", request: "PUT /bkt/a", headers: []string{"X-Amz-Storage-Class: GLACIER"}, status: 400, code: "InvalidStorageClass"},
		step{why: "nor in a deep one", request: "POST /bkt/a?uploads", headers: []string{"X-Amz-Storage-Class: DEEP_ARCHIVE"}, status: 400, code: "InvalidStorageClass"},
		step{why: "no object", request: "POST /bkt/none?restore", status: 404, code: "NoSuchKey"},
		step{why: "withdrawn", request: "POST /bkt/o?select&select-type=2", body: "<x/>", status: 405, code: "MethodNotAllowed"},
		step{why: "withdrawn", request: "GET /bkt/o?torrent", status: 405, code: "MethodNotAllowed"},
		step{why: "no object", request: "GET /bkt/none?torrent", status: 404, code: "NoSuchKey"},
		step{why: "others do not learn that", request: "GET /bkt/none?torrent", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
	)
}
