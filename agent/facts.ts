import type {
  EntriesQuery,
  EntriesResponse,
  HotQuery,
  HotResponse,
  ProfilesQuery,
  ProfilesResponse,
  ServicesResponse,
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
}
