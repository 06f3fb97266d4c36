/** What the collector answers, asked as any client would: the truth that the editor is compared with. */
import { type CompareResponse, compareResponseSchema } from '@runlens/protocol/api/compare';
import { type FindingsResponse, findingsResponseSchema } from '@runlens/protocol/api/findings';
import {
  type EntriesResponse,
  entriesResponseSchema,
  type HotResponse,
  hotResponseSchema,
  type Profile,
  type ProfilesResponse,
  profilesResponseSchema,
  type ServicesResponse,
  servicesResponseSchema,
} from '@runlens/protocol/api/profile';

const timeoutMilliseconds = 30_000;

export interface CollectorAccess {
  readonly url: string;
  readonly token: string;
}

export class CollectorApi {
  readonly #access: CollectorAccess;

  constructor(access: CollectorAccess) {
    this.#access = access;
  }

  async profiles(query: Readonly<Record<string, string>>): Promise<ProfilesResponse> {
    return profilesResponseSchema.parse(await this.#get(`/api/v1/profiles?${new URLSearchParams(query)}`));
  }

  async entries(query: Readonly<Record<string, string>>): Promise<EntriesResponse> {
    return entriesResponseSchema.parse(await this.#get(`/api/v1/entries?${new URLSearchParams(query)}`));
  }

  async findings(query: Readonly<Record<string, string>>): Promise<FindingsResponse> {
    return findingsResponseSchema.parse(await this.#get(`/api/v1/findings?${new URLSearchParams(query)}`));
  }

  async compare(query: Readonly<Record<string, string>>): Promise<CompareResponse> {
    return compareResponseSchema.parse(await this.#get(`/api/v1/compare?${new URLSearchParams(query)}`));
  }

  async services(): Promise<ServicesResponse> {
    return servicesResponseSchema.parse(await this.#get('/api/v1/services'));
  }

  async hot(query: Readonly<Record<string, string>>): Promise<HotResponse> {
    return hotResponseSchema.parse(await this.#get(`/api/v1/hot?${new URLSearchParams(query)}`));
  }

  /** The one profile of a function; throws when there is none, or several. */
  async profile(query: {
    readonly service: string;
    readonly environment: string;
    readonly file: string;
    readonly function: string;
  }): Promise<Profile> {
    const { profiles } = await this.profiles(query);
    const [profile] = profiles;
    if (!profile || profiles.length > 1) {
      throw new Error(`the collector has ${profiles.length} profiles of ${query.file}:${query.function}`);
    }
    return profile;
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#access.url}${path}`, {
      headers: { authorization: `Bearer ${this.#access.token}` },
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    if (!response.ok)
      throw new Error(`the collector answered ${path} with ${response.status}: ${await response.text()}`);
    return response.json();
  }
}
