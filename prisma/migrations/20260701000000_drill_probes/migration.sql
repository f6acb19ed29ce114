-- Of the views that the fallback took in a drill, those that the drill itself sent (app/alerts/drills/probe-views.ts).
ALTER TABLE "Drill" ADD COLUMN "probes" INTEGER NOT NULL DEFAULT 0;
