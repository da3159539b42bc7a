-- Made from captures alone: nothing here is the only copy. docs/adr/0015
CREATE TABLE `terms` (
	`account_id` integer NOT NULL,
	`term` text NOT NULL,
	-- When the capture was uploaded, in milliseconds since 1970 as 11 hex, and its id as 32 hex.
	`place` text NOT NULL,
	PRIMARY KEY(`account_id`, `term`, `place`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `documents` (
	`capture_id` text PRIMARY KEY NOT NULL,
	`account_id` integer NOT NULL,
	`place` text NOT NULL,
	-- Which edit of which parse it was made from: an older one never replaces a newer one.
	`version` integer NOT NULL,
	-- Terms that are indexed, and that there are at least.
	`indexed` integer NOT NULL,
	`total` integer NOT NULL,
	`terms` text NOT NULL
) WITHOUT ROWID;
