CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`files_limit` integer NOT NULL,
	`max_file_size` integer NOT NULL,
	`bytes_limit` integer NOT NULL,
	`api_allowed` integer DEFAULT true NOT NULL,
	`retention_days` integer,
	`default_visibility` text,
	`files` integer DEFAULT 0 NOT NULL,
	`bytes` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_name_unique` ON `accounts` (`name`);--> statement-breakpoint
CREATE TABLE `captures` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`state` text NOT NULL,
	`filename` text NOT NULL,
	`size` integer NOT NULL,
	`visibility` text NOT NULL,
	`tags` text NOT NULL,
	`comments` text NOT NULL,
	`object_key` text NOT NULL,
	`upload_id` text,
	`created_at` integer NOT NULL,
	`lease_until` integer,
	`due_at` integer,
	`generation` integer DEFAULT 0 NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`idempotency_key` text,
	`sha256` text,
	`sha1` text,
	`md5` text,
	`facts` text,
	`failure` text,
	`summary_key` text,
	`view_count` integer DEFAULT 0 NOT NULL,
	`last_accessed_at` integer,
	`keep` integer DEFAULT false NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `captures_by_account` ON `captures` (`account_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `captures_due` ON `captures` (`due_at`) WHERE due_at IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `captures_by_idempotency_key` ON `captures` (`account_id`,`idempotency_key`) WHERE idempotency_key IS NOT NULL;--> statement-breakpoint
CREATE TABLE `cursors` (
	`job` text PRIMARY KEY NOT NULL,
	`cursor` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `quarantine` (
	`object_key` text PRIMARY KEY NOT NULL,
	`size` integer NOT NULL,
	`metadata` text NOT NULL,
	`uploaded_at` integer NOT NULL,
	`found_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`name` text NOT NULL,
	`permissions` text NOT NULL,
	`default_tags` text NOT NULL,
	`default_visibility` text,
	`api_allowed` integer DEFAULT true NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_by_name` ON `tokens` (`account_id`,`name`);