CREATE TABLE `annotations` (
	`capture_id` text NOT NULL,
	`frame` integer NOT NULL,
	`text` text NOT NULL,
	`user` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`capture_id`, `frame`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `answers` (
	`account_id` integer NOT NULL,
	`key` text NOT NULL,
	`digest` text NOT NULL,
	`status` integer,
	`body` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `answers_by_age` ON `answers` (`created_at`);--> statement-breakpoint
CREATE TABLE `opened_urls` (
	`account_id` integer NOT NULL,
	`digest` text NOT NULL,
	`capture_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `digest`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `shares` (
	`id` text PRIMARY KEY NOT NULL,
	`capture_id` text NOT NULL,
	`account_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`password` text,
	`view_limit` integer,
	`views` integer DEFAULT 0 NOT NULL,
	`last_viewed_at` integer,
	`with_keylog` integer DEFAULT false NOT NULL,
	`selection` text,
	`visit_key` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`tries_since` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `shares_by_capture` ON `shares` (`capture_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `shares_to_forget` ON `shares` (`expires_at`) WHERE expires_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `captures` ADD `make` text;--> statement-breakpoint
ALTER TABLE `captures` ADD `revision` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `captures` ADD `delete_at` integer;--> statement-breakpoint
CREATE INDEX `captures_to_delete` ON `captures` (`delete_at`) WHERE delete_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `tokens` ADD `login` text;--> statement-breakpoint
-- Key logs are part of the quota from here on.
UPDATE `accounts` SET `bytes` = `bytes` + (SELECT COALESCE(SUM(`keylog_size`), 0) FROM `captures` WHERE `account_id` = `accounts`.`id`);--> statement-breakpoint
-- What was parsed before there was an index is indexed, some at a time.
INSERT INTO `cursors` (`job`, `cursor`) SELECT 'reindex', '' WHERE EXISTS (SELECT 1 FROM `captures`);
