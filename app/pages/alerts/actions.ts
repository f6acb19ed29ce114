import type { Actions } from "~/console/action";
import { ONE_ALERT_ACTIONS } from "./alert-actions";
import { CHANNEL_ACTIONS } from "./channel-actions";
import { RULE_ACTIONS } from "./rules/rule-actions";

/** The actions of the alerts page, by intent. */
export const ALERT_ACTIONS: Actions = { ...ONE_ALERT_ACTIONS, ...RULE_ACTIONS, ...CHANNEL_ACTIONS };
