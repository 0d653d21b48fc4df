-- A jobs database as segbot 0.1.0 left it when it was killed, with jobs at every stage: a file waiting in its queue (F4),
-- files stopped before their message (F1), while scored (F2) and before their summary (F3), a retrain stopped while its
-- charts were drawn, and an uninstalled workspace (T2) that is still to be forgotten. Made by dumping the database of a
-- running `Jobs` whose steps never returned. Not to be regenerated: that later versions finish these very jobs is the point.
BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('59c03ac8-2050-488b-a1a6-7eb523200219','1',1795769937000,1795769937000,'segbot');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('retrain:T1:K1',1,'retrain.look','{"file":"F9","name":"customers.csv","size":4321,"url":"https://files.slack.com/files-pri/T1-F9/customers.csv","uploader":"U2","refusal":"","retry":false}',NULL,NULL,1795769938299,1795769938350,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('retrain:T1:K1',2,'retrain.announce','{"channel":"D1","ts":"1700000002.000300","elsewhere":true}',NULL,NULL,1795769938363,1795769938365,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F3:C1',1,'look','{"name":"F3.csv","size":1234,"url":"https://files.slack.com/files-pri/T1-F/customers.csv","thread":"1700000000.000100","shared":"1700000000.000100","private":false,"refusal":"","retry":false}',NULL,NULL,1795769938355,1795769938373,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('retrain:T1:K1',3,'retrain.train','{"version":"v20260202-000000-beef","expected":"v20260101-000000-abcd","failure":"","retry":false}',NULL,NULL,1795769938385,1795769938392,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F2:C1',1,'look','{"name":"F2.csv","size":1234,"url":"https://files.slack.com/files-pri/T1-F/customers.csv","thread":"1700000000.000100","shared":"1700000000.000100","private":true,"refusal":"","retry":false}',NULL,NULL,1795769938355,1795769938359,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F3:C1',2,'announce','"1700000001.000200"',NULL,NULL,1795769938397,1795769938444,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F1:C1',1,'look','{"name":"F1.csv","size":1234,"url":"https://files.slack.com/files-pri/T1-F/customers.csv","thread":"1700000000.000100","shared":"1700000000.000100","private":false,"refusal":"","retry":false}',NULL,NULL,1795769938347,1795769938358,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F3:C1',3,'score_file',NULL,NULL,'file:T1:F3:C1/score',1795769938463,1795769938511,NULL,'segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F2:C1',2,'announce','"1700000001.000200"',NULL,NULL,1795769938451,1795769938469,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F2:C1',3,'score_file',NULL,NULL,'file:T1:F2:C1/score',1795769938538,1795769938573,NULL,'segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F3:C1/score',1,'version','"v20260101-000000-abcd"',NULL,NULL,1795769938651,1795769938654,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F3:C1/score',2,'score','{"report":{"rows":3,"scored":2,"rejected":1,"segments":{"Target":1,"Miser":1},"model_version":"v20260101-000000-abcd","seconds":0.5},"failure":"","retry":false,"synthetic":true,"labels":{"age":"Age (years)","income":"Annual income (k$)"}}',NULL,NULL,1795769938660,1795769938664,'portable_json','segbot',1795769938000);
INSERT INTO "operation_outputs" VALUES('file:T1:F2:C1/score',1,'version','"v20260101-000000-abcd"',NULL,NULL,1795769938700,1795769938701,'portable_json','segbot',1795769938000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
INSERT INTO "queues" VALUES('3194534F9240E7F863DC0513C688CA70','files-seen',NULL,50,NULL,NULL,1,0,0.2,1795769937000,1795769941038,'segbot',NULL,NULL,NULL,NULL);
INSERT INTO "queues" VALUES('40246A563C8AE39CA7BCCE039D3D77E1','files-score',NULL,2,NULL,NULL,1,1,0.2,1795769937000,1795769941072,'segbot',NULL,1,NULL,NULL);
INSERT INTO "queues" VALUES('DADEF89CAE35C99DFD7571C4DBA4756C','retrain',1,NULL,NULL,NULL,1,0,0.2,1795769937000,1795769941158,'segbot',NULL,NULL,NULL,NULL);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('file:T1:F1:C1','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","file":"F1","user":"U1","attempt":0,"at":1700000001.0}]}',1795769937000);
INSERT INTO "workflow_input" VALUES('file:T1:F2:C1','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","file":"F2","user":"U2","attempt":0,"at":1700000002.0}]}',1795769937000);
INSERT INTO "workflow_input" VALUES('file:T1:F3:C1','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","file":"F3","user":"U3","attempt":0,"at":1700000003.0}]}',1795769937000);
INSERT INTO "workflow_input" VALUES('retrain:T1:K1','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","user":"U2","key":"K1","file":"F9","k":5,"note":"spring – “ç”","at":1700000001.5,"attempt":0,"table":""}]}',1795769937000);
INSERT INTO "workflow_input" VALUES('file:T1:F3:C1/score','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","file":"F3","user":"U3","attempt":0,"at":1700000003.0},{"name":"F3.csv","size":1234,"url":"https://files.slack.com/files-pri/T1-F/customers.csv","thread":"1700000000.000100","shared":"1700000000.000100","private":false,"refusal":"","retry":false},"1700000001.000200"]}',1795769938000);
INSERT INTO "workflow_input" VALUES('file:T1:F2:C1/score','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","file":"F2","user":"U2","attempt":0,"at":1700000002.0},{"name":"F2.csv","size":1234,"url":"https://files.slack.com/files-pri/T1-F/customers.csv","thread":"1700000000.000100","shared":"1700000000.000100","private":true,"refusal":"","retry":false},"1700000001.000200"]}',1795769938000);
INSERT INTO "workflow_input" VALUES('file:T1:F4:C1:1','{"namedArgs":{},"positionalArgs":[{"team":"T1","channel":"C1","file":"F4","user":"U1","attempt":1,"at":1700000004.25}]}',1795769941000);
INSERT INTO "workflow_input" VALUES('forget:T2:7a0eefbe','{"namedArgs":{},"positionalArgs":["T2"]}',1795769941000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('file:T1:F3:C1','null',NULL,1795769938000);
INSERT INTO "workflow_output" VALUES('file:T1:F2:C1','null',NULL,1795769938000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('file:T1:F1:C1','PENDING','file',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769937000,1795769938000,'1','',NULL,NULL,1,'files-seen',NULL,NULL,NULL,1795769938000,NULL,0,NULL,NULL,'c308c2b9-116f-4bbc-a8ea-6e395efb95ce',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'segbot','76e46486-db28-4834-a2d0-66ec64a2625a');
INSERT INTO "workflow_status" VALUES('file:T1:F2:C1','SUCCESS','file',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769937000,1795769938000,'1','',NULL,NULL,1,'files-seen',NULL,NULL,NULL,1795769938000,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795769938000,'null',NULL,NULL,0,'segbot','7d728441-349a-47ff-8494-b49b5be1350d');
INSERT INTO "workflow_status" VALUES('file:T1:F3:C1','SUCCESS','file',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769937000,1795769938000,'1','',NULL,NULL,1,'files-seen',NULL,NULL,NULL,1795769938000,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795769938000,'null',NULL,NULL,0,'segbot','5d0c4bc2-5237-4255-8299-800d1eee08d4');
INSERT INTO "workflow_status" VALUES('retrain:T1:K1','PENDING','retrain',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769937000,1795769938000,'1','',NULL,NULL,1,'retrain',NULL,NULL,NULL,1795769938000,'retrain',0,NULL,NULL,'8d23c921-d7a9-4777-ba35-31f16803e6d9',NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'segbot','5984c4ce-76c6-45b5-b65e-634b7ab2b6d5');
INSERT INTO "workflow_status" VALUES('file:T1:F3:C1/score','PENDING','score_file',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769938000,1795769938000,'1','',NULL,NULL,1,'files-score',NULL,NULL,NULL,1795769938000,NULL,0,'U3',NULL,'56ff5152-217c-4531-8f56-3cb82cac7367','file:T1:F3:C1','portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'segbot','f74eb48f-8750-4d72-9dc5-4327a5b8db1d');
INSERT INTO "workflow_status" VALUES('file:T1:F2:C1/score','PENDING','score_file',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769938000,1795769938000,'1','',NULL,NULL,1,'files-score',NULL,NULL,NULL,1795769938000,NULL,0,'U2',NULL,'846962aa-5adf-4338-bc1b-b31aac6d5706','file:T1:F2:C1','portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'segbot','f9cd390d-7d48-4cb2-97f8-e771ebd46488');
INSERT INTO "workflow_status" VALUES('file:T1:F4:C1:1','ENQUEUED','file',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769941000,1795769941000,'1','',NULL,NULL,0,'files-seen',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'segbot','57fc7292-3a81-4863-8fa0-5d396aac1adf');
INSERT INTO "workflow_status" VALUES('forget:T2:7a0eefbe','ENQUEUED','forget',NULL,NULL,NULL,NULL,NULL,NULL,'segbot',1795769941000,1795769941000,'1','',NULL,NULL,0,'files-seen',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,NULL,'null',NULL,NULL,0,'segbot','0f78b13b-80db-4882-8fb8-e46fadab5b0e');
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
