CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`length` integer,
	`at_most` integer NOT NULL,
	`offset` integer DEFAULT 0 NOT NULL,
	`part_size` integer NOT NULL,
	`tail_key` text,
	`metadata` text NOT NULL,
	`holder` text,
	`lease_until` integer,
	`done_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `uploads_done` ON `uploads` (`done_at`) WHERE done_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `upload_parts` (
	`upload_id` text NOT NULL,
	`number` integer NOT NULL,
	`etag` text NOT NULL,
	PRIMARY KEY(`upload_id`, `number`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `captures` ADD `broken_off` text;--> statement-breakpoint
ALTER TABLE `captures` ADD `keylog_key` text;--> statement-breakpoint
ALTER TABLE `captures` ADD `keylog_size` integer;--> statement-breakpoint
ALTER TABLE `captures` ADD `fetch` text;
