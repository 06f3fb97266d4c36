import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { warn } from '../log.ts';
import { makeResource, type Resource } from '../resource.ts';
import { folderWith, readRepository, repositoryRoot } from '../source/repository.ts';
import type { ServiceSettings } from './export.ts';

/** The resource of this process (or worker thread); reads files, and warns of what cannot be used. */
export function readResource({ root, programFolder, sensorVersion, instanceId, threadId }: ServiceSettings): Resource {
  const problems: string[] = [];
  const description = readPackage(programFolder) ?? readPackage(root);
  const repositoryFolder = repositoryRoot(root);
  const repository = repositoryFolder === undefined ? undefined : readRepository(repositoryFolder);
  const resource = makeResource(
    process.env,
    {
      packageName: description?.name,
      packageVersion: description?.version,
      checkoutRevision: repository?.revision,
      repositoryUrl: repository?.url,
      instanceId,
      sensorVersion,
      processId: process.pid,
      nodeVersion: process.versions.node,
      threadId,
    },
    problems,
  );
  for (const problem of problems) warn(problem);
  return resource;
}

function readPackage(folder: string): { name: string | undefined; version: string | undefined } | undefined {
  const at = folderWith('package.json', folder);
  if (at === undefined) return undefined;
  try {
    const description: unknown = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const text = (key: string): string | undefined => {
      const value: unknown = Object(description)[key];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    return { name: text('name'), version: text('version') };
  } catch {
    return undefined;
  }
}
