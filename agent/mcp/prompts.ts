/** Prompts that a person picks in a client; each names the tools that answer it. */
import type { Prompt } from '@modelcontextprotocol/server';
import { neutralise } from '../text/hostile.ts';

export const prompts: readonly Prompt[] = [
  {
    name: 'before_changing',
    title: 'Before changing a file',
    description: 'What production says of a file, before it is changed.',
    arguments: [{ name: 'file', description: 'Path relative to the root of the repository.', required: true }],
  },
  {
    name: 'what_is_wrong',
    title: 'What is wrong in production',
    description: 'Errors, slow queries and hot functions, by what they cost.',
    arguments: [{ name: 'service', description: 'Only this service.', required: false }],
  },
];

/** Undefined: there is no such prompt. */
export function promptText(name: string, values: Readonly<Record<string, string>>): string | undefined {
  switch (name) {
    case 'before_changing': {
      const file = neutralise(values.file ?? 'the file that is open', 300);
      return `Before we change ${file}, ask Runlens (runlens_file_profile, then runlens_function_profile and runlens_callers for what is hot, failing or widely called) what production does with it. Tell me which of its functions matter, who depends on them, how they fail, and what a change must not make worse. Name the figures, their window and what is not known.`;
    }
    case 'what_is_wrong': {
      const where = values.service === undefined ? '' : ` of ${neutralise(values.service, 100)}`;
      return `Ask Runlens what is wrong in production${where}: runlens_errors (new ones first), runlens_find_slow_queries (repeated ones first), runlens_hot_functions. Rank what deserves a fix by what it costs users, and for the first of them read the code and say what you would change.`;
    }
    default:
      return undefined;
  }
}
