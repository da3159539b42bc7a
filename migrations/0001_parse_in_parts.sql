ALTER TABLE `captures` ADD `cursor` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `captures` ADD `progress` integer;--> statement-breakpoint
ALTER TABLE `captures` ADD `copy_size` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `captures` ADD `copied_at` integer;--> statement-breakpoint
CREATE INDEX `captures_copied` ON `captures` (`copied_at`) WHERE copied_at IS NOT NULL;