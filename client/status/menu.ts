/** The menu of the status bar: every action that makes sense now. */
import { versionName } from '@runlens/protocol/format';
import type { CollectorState, ServerStatus } from '@runlens/protocol/lsp';

export interface MenuEntry {
  readonly label: string;
  readonly description?: string;
  readonly command: string;
}
export interface MenuGroup {
  readonly title: string;
  readonly entries: readonly MenuEntry[];
}

export interface MenuInput {
  readonly status: ServerStatus | null;
  readonly serverRunning: boolean;
  /** Whether this window started the collector that runs. */
  readonly ownsCollector: boolean;
  readonly trusted: boolean;
  readonly terminalSensor: boolean;
  readonly position: string;
}

const everywhere = 'chosen for each file';

export function menu(input: MenuInput): readonly MenuGroup[] {
  const { status, trusted } = input;
  const selection = status?.selection;
  const shown = status?.effective;
  const groups: MenuGroup[] = [
    { title: 'Collector', entries: collectorEntries(input, status?.collector) },
    {
      title: 'What is shown',
      entries: [
        {
          label: '$(server-process) Service',
          description: selection?.service ?? shown?.service ?? everywhere,
          command: 'runlens.selectService',
        },
        {
          label: '$(globe) Environment',
          description: selection?.environment ?? shown?.environment ?? everywhere,
          command: 'runlens.selectEnvironment',
        },
        {
          label: '$(tag) Version',
          description:
            selection?.version === undefined
              ? 'all in the window'
              : versionName(selection.version) || selection.version,
          command: 'runlens.selectVersion',
        },
        {
          label: '$(clock) Time window',
          description: `last ${selection?.window ?? '15m'}`,
          command: 'runlens.selectWindow',
        },
        { label: '$(eye) Where numbers are shown', description: input.position, command: 'runlens.selectLensPosition' },
      ],
    },
    {
      title: 'Code',
      entries: [
        { label: '$(flame) Hot functions', command: 'runlens.hotFunctions.focus' },
        { label: '$(graph-scatter) Overview of the service', command: 'runlens.showOverview' },
        { label: '$(graph) Details of the function at the cursor', command: 'runlens.showFunction' },
        ...(trusted ? [{ label: '$(git-pull-request) Review changes', command: 'runlens.reviewChanges' }] : []),
        { label: '$(comment-discussion) Ask Copilot about the function at the cursor', command: 'runlens.askCopilot' },
        { label: '$(question) Why are there no numbers here?', command: 'runlens.why' },
      ],
    },
    {
      title: 'Services',
      entries: trusted
        ? [
            { label: '$(play) Run a package script with the sensor', command: 'runlens.runWithSensor' },
            {
              label: `$(terminal) Sensor in terminals: ${input.terminalSensor ? 'on' : 'off'}`,
              command: 'runlens.toggleTerminalSensor',
            },
          ]
        : [
            {
              label: '$(shield) Trust this workspace to run services with the sensor',
              command: 'workbench.trust.manage',
            },
          ],
    },
    {
      title: 'Help',
      entries: [
        { label: '$(output) Show log', command: 'runlens.openLog' },
        { label: '$(book) First five minutes', command: 'runlens.openWalkthrough' },
        { label: '$(gear) Settings', command: 'runlens.openSettings' },
      ],
    },
  ];
  return groups.filter((group) => group.entries.length > 0);
}

function collectorEntries(input: MenuInput, collector: CollectorState | undefined): readonly MenuEntry[] {
  if (!input.serverRunning)
    return [{ label: '$(debug-restart) Start the language server again', command: 'runlens.restartServer' }];
  const again = { label: '$(refresh) Look for the collector again', command: 'runlens.reconnect' };
  const start = { label: '$(play-circle) Start the collector', command: 'runlens.startCollector' };
  const output = { label: '$(output) Show the collector\u2019s output', command: 'runlens.showCollectorLog' };
  switch (collector?.kind) {
    case 'connected':
      return [
        { label: '$(refresh) Fetch again', description: collector.url, command: 'runlens.reconnect' },
        ...(input.ownsCollector
          ? [
              {
                label: '$(debug-stop) Stop the collector',
                description: 'started by this window',
                command: 'runlens.stopCollector',
              },
              output,
            ]
          : []),
      ];
    case 'unauthorized':
      return [
        { label: '$(key) Set the collector token', description: collector.url, command: 'runlens.setCollectorToken' },
        again,
      ];
    case 'none':
    case 'away':
      return [...(input.trusted ? [start] : []), again, output];
    default:
      return [again];
  }
}
