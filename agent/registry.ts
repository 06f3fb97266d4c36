/** Every agent tool, in the order in which they are offered. A new tool is one file in `tools/` and one line here. */
import type { AgentTool } from './tool.ts';
import { fileProfile } from './tools/file-profile.ts';
import { functionProfile } from './tools/function-profile.ts';
import { hotFunctions } from './tools/hot-functions.ts';
import { reviewChange } from './tools/review-change.ts';
import { serviceEntries } from './tools/service-entries.ts';
import { serviceStatus } from './tools/service-status.ts';

export const agentTools: readonly AgentTool[] = [
  serviceStatus,
  functionProfile,
  fileProfile,
  hotFunctions,
  serviceEntries,
  reviewChange,
];
