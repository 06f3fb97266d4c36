/** Every agent tool, in the order in which they are offered. A new tool is one file in `tools/` and one line here. */
import type { AgentTool } from './tool.ts';
import { callees } from './tools/callees.ts';
import { callers } from './tools/callers.ts';
import { changesSince } from './tools/changes-since.ts';
import { compareVersions } from './tools/compare-versions.ts';
import { errors } from './tools/errors.ts';
import { events } from './tools/events.ts';
import { fileProfile } from './tools/file-profile.ts';
import { findSlowQueries } from './tools/find-slow-queries.ts';
import { findings } from './tools/findings.ts';
import { forget } from './tools/forget.ts';
import { functionProfile } from './tools/function-profile.ts';
import { hotFunctions } from './tools/hot-functions.ts';
import { listProbes } from './tools/list-probes.ts';
import { neverCalled } from './tools/never-called.ts';
import { placeProbe } from './tools/place-probe.ts';
import { query } from './tools/query.ts';
import { readCaptures } from './tools/read-captures.ts';
import { recall } from './tools/recall.ts';
import { remember } from './tools/remember.ts';
import { removeProbe } from './tools/remove-probe.ts';
import { reviewChange } from './tools/review-change.ts';
import { serviceEntries } from './tools/service-entries.ts';
import { serviceStatus } from './tools/service-status.ts';

export const agentTools: readonly AgentTool[] = [
  serviceStatus,
  functionProfile,
  fileProfile,
  hotFunctions,
  findings,
  events,
  callers,
  callees,
  findSlowQueries,
  errors,
  neverCalled,
  serviceEntries,
  compareVersions,
  changesSince,
  query,
  reviewChange,
  recall,
  remember,
  forget,
  placeProbe,
  readCaptures,
  listProbes,
  removeProbe,
];
