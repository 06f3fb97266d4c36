import type {
  Capture,
  CompareQuery,
  CompareResponse,
  EntriesQuery,
  EntriesResponse,
  EventDetail,
  EventsQuery,
  EventsResponse,
  FindingsQuery,
  FindingsResponse,
  HotQuery,
  HotResponse,
  ProbeRequest,
  ProbeStatus,
  ProfilesQuery,
  ProfilesResponse,
  ServicesResponse,
  SqlQuery,
  SqlResponse,
  StatementsQuery,
  StatementsResponse,
  UnusedQuery,
  UnusedResponse,
} from '@runlens/protocol';

/**
 * What the agent tools know of production. Whoever offers the tools hands it in: the collector answers from its store,
 * the language server and the command line over HTTP. A method rejects when the facts cannot be had; the message of
 * that error is for people and says what to do.
 */
export interface ProductionFacts {
  services(signal?: AbortSignal): Promise<ServicesResponse>;
  profiles(query: ProfilesQuery, signal?: AbortSignal): Promise<ProfilesResponse>;
  hot(query: HotQuery, signal?: AbortSignal): Promise<HotResponse>;
  entries(query: EntriesQuery, signal?: AbortSignal): Promise<EntriesResponse>;
  /** What is asked of databases, and who asks. */
  statements(query: StatementsQuery, signal?: AbortSignal): Promise<StatementsResponse>;
  /** What running versions have loaded and nobody ever called. */
  unused(query: UnusedQuery, signal?: AbortSignal): Promise<UnusedResponse>;
  /** What deserves a fix, what costs most first. */
  findings(query: FindingsQuery, signal?: AbortSignal): Promise<FindingsResponse>;
  /** What happens in production: what fires first, then the newest. */
  events(query: EventsQuery, signal?: AbortSignal): Promise<EventsResponse>;
  /** One event, with what its sender sent. Also rejects where there is none of that id. */
  event(id: string, signal?: AbortSignal): Promise<EventDetail>;
  /** Two versions or two windows of one service: what differs by more than chance. */
  compare(query: CompareQuery, signal?: AbortSignal): Promise<CompareResponse>;
  /** One SELECT over the profiles of a window. Also rejects, with the reason, a statement that is refused or does not work. */
  query(query: SqlQuery, signal?: AbortSignal): Promise<SqlResponse>;
  readonly probes: ProbeControl;
}

/** Probes, as the one who asks may place and see them. Also rejects, with the reason, where the collector refuses. */
export interface ProbeControl {
  place(request: ProbeRequest, signal?: AbortSignal): Promise<ProbeStatus>;
  list(query: { readonly service?: string; readonly ended?: boolean }, signal?: AbortSignal): Promise<ProbeStatus[]>;
  get(id: string, signal?: AbortSignal): Promise<ProbeStatus>;
  /** Oldest first, those after `after`. */
  captures(
    id: string,
    query: { readonly after?: string; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<{ readonly probe: ProbeStatus; readonly captures: readonly Capture[] }>;
  remove(id: string, signal?: AbortSignal): Promise<ProbeStatus>;
}
