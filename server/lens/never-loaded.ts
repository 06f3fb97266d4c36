import { formatAge, type Selection, type ServicesResponse, versionName } from '@runlens/protocol';
import { repositoryKey } from '../mapping/choose-selection.ts';

const mostNamed = 2;

/**
 * What is said of a file that no process of its repository's services has loaded, which is another thing than one whose
 * functions are not measured: which versions run, and since when. Undefined where no service is known to be of the
 * repository: then nothing is known of the file. `own`: the repository's URL.
 */
export function neverLoaded(
  services: ServicesResponse['services'],
  { service, environment, version }: Selection,
  own: string | undefined,
  now: number,
): string | undefined {
  if (own === undefined) return undefined;
  const running = services
    .filter(({ name, repository }) => {
      const isOwn = repository !== undefined && repositoryKey(repository) === repositoryKey(own);
      return isOwn && (service === undefined || name === service);
    })
    .flatMap(({ name, environments }) =>
      environments
        .filter((each) => environment === undefined || each.name === environment)
        .flatMap((each) => {
          // Newest first.
          const chosen = each.versions.find((one) => version === undefined || one.version === version);
          return chosen ? [{ service: [name, versionName(chosen.version)], environment: each.name, ...chosen }] : [];
        }),
    );
  if (running.length === 0) return undefined;
  const named = running.slice(0, mostNamed).map((each) => {
    const name = each.service.filter((part) => part !== '').join(' ');
    return `${name} in ${each.environment} (first seen ${formatAge(now - Date.parse(each.firstSeen))})`;
  });
  const more = running.length > mostNamed ? ` and ${running.length - mostNamed} more` : '';
  return `by no process of ${named.join(', ')}${more}`;
}
