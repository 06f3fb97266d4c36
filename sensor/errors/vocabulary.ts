/**
 * The words that may be told of an error's message: words that occur in the literal parts of error messages of many
 * unrelated packages, and those of databases, networks and shops. A word that is not here may be somebody's name or
 * password, and becomes a placeholder.
 */
export const vocabulary: ReadonlySet<string> = new Set(
  `
  a able abort aborted aborting about above absolute abstraction accept acceptable accepted accepts access
  accessor accessors account accounts acknowledge acknowledged acquire acquiring across action actions active
  actual adapter add added adding address addresses advance after again against agent aggregation ago algorithm
  alias aliases align all allocate allocation allow allowed already also always amount amounts an anchor and
  another answer answered answering answers any anyone anywhere api appear append application applied applies
  apply applying appropriate architecture archive archived are area arg args argument arguments array arrays arrow
  as ask asked asks assert asserted assertion assets assign assigned assignment assuming asymmetric async
  asynchronous at attached attack attempt attempted attempting attempts attribute attributes audio auth
  authenticate authenticated authentication authorization authorize authorized automatically available avoid
  backoff backorder bad balance bank banned bare base based batch batches be because been before begin beginning
  being belong below benchmark between beyond big bigger bill billing billion binary bind binding bindings bits
  block blocked body book booking books bool boolean booleans both bound boundary bounds break breaker breakpoint
  broken broker browser browsers bucket buckets buffer buffers bug build bulk bundle busy but by bypass byte bytes
  cache cached caching call callable callback called callee caller calling calls can cancel canceled canceling
  cancellation cancelled cancelling cannot capacity capture card cards cart case catalog catch category cause
  central cert certificate certificates chain challenge change changed changes channel char character characters
  charge charged charges check checkout checksum child children choices choose chunk circuit circular circularity
  city class clear cleared cli client clients clone close closed closing cluster code coercion collection color
  column columns combination combinations combinator combine combined come comma command comment comments commit
  committed committing commonjs comparator compare compared comparison compatibility compatible compilation
  compile compiled complete completed completion component compressed compression computed concat concurrency
  concurrent condition config configurable configuration configurations configure configured conflict conflicting
  conflicts conjunction connect connection connections consider consisting constant constraint constraints
  construct constructed constructor constructors consumer contain container containing contains content contents
  context contradicts control conversion conversions convert converted converting cookie cookies copy core correct
  correctly corrupt corrupted could count country counts coupon coupons coverage crash crashed create created
  creating creation credentials cron css csv currency current currently cursor curve custom customer customers
  cycle cycles cyclic data database databases date day days deadline deadlock deadlocked decimal declaration
  declarations declare declared decline declined decode decoding decorate decorated decorating decoration
  decorators decrypt dedicated deep deeply default defaults define defined defining definition deflate degraded
  delegate delete deleted deliver delivered delivery denied deny depend dependencies dependency depends deprecated
  depth derived describe descriptor descriptors deserialize destination destroyed destructure destructuring
  detached detect detected detection determine device did difference different diffing digest digit digits direct
  directive directly directories directory disable disabled disallowed disconnected discount discounts
  discriminator disk dispatch dispose disposed distinct distribute divide divided division dns do docs document
  documentation does domain done down download downloaded downloads downstream draft drive due duplicate
  duplicated duplicates duration during dynamic each early edit edited edition editor either elapsed election
  element elements else elsewhere email emails emit emitted empty enable enabled encode encoded encoding
  encountered encrypt encrypted encryption end ended endpoint engine engines enough ensure enter entered entity
  entries entry enum enumeration env environment environments epoch equal equals error errored errors escape
  established etag evaluation even event events every everyone exactly exceed exceeded exceeding exceeds exception
  exceptions exchange exclusive executable execute executed execution executor exhausted exist existing exists
  exit exited expanded expect expected expecting expects expiration expire expired expires expiry explicit
  explicitly export exported exporter exporting exports expression expressions extend extended extends extension
  extensions external extra factory fail failed failure faked false falsy fatal feature fetch few field file
  filename files filesystem filled filter finalizer find fine finish finished finishers finite first fit fixture
  fixtures flag flags flavor flow flush folder folders follow followed follower following for forbid forbidden
  foreign forget form format formats formatted formatter formatters formatting found fragment frame framework from
  full function functions funds future gateway generate generated generation generator generic get getter getting
  git given global gone good got greater group groups guide had handle handled handler handshake hang hangs happen
  happened has hash have head header headers health healthy heap height helper helpers here hex high higher
  highest hint histogram holding holds hook hooks hop host hosts hour hours how however html http https hung i id
  identifier identity idle if ignored illegal image images implement implementation implemented implicit implies
  import imported importer imports impossible in inactive include included includes inclusive incompatible
  incomplete inconsistent incorrect increase increment indefinite index indexed individual infer inferred infinite
  infinity information init initial initialised initialize initialized initializers inline input insensitive
  insert inserted inside install installation installed instance instanceof instances instantiate instantiation
  instead insufficient int integer integers integrity interface intermediate internal interop intersection
  interval into intrinsic invalid invalidated inventory invocation invoice invoices invoke invoked ip is issue
  issuer issues it item items iterable iterate iterator its itself job jobs join js json keep kept key keys kill
  killed kind know label language large larger last late later latest layer layout leader leading least left
  legacy length lengths less level like likely limit line link linked links linux list listen listener listening
  literal little live load loaded loader loading local locale locate location locator lock locked lockfile locks
  log logger login logout long longer looking looks lookup lookups loop loosely low lower lowest made mail main
  maintenance major make makes making malformed managed mandatory manifest manually many map mapped mapper mapping
  maps marked marker match matched matcher matches matching max maximum may mean means mechanism media member
  members memory merge message messages meta metadata method methods metrics middleware migrate migration
  migrations milliseconds minimum minor minute minutes mismatch mismatched missed missing mix mixed mode modified
  modifier module modules modulo month months more most mount move moved much multipart multiple multiply must
  mutually my name named names namespace nan nanoseconds native near need needed needs negative neither nested
  nesting network never new newest next no nobody node nodes non none nor normal not nothing notification now npm
  null number numbers numeric numerical object objects obtain occurred octal octets odd of offers offline offset
  offsets often ok okay old oldest omit on once one online only open opened opening operand operating operation
  operator optimization option optional options or order ordered orders organization origin original other
  otherwise out outdated outer output outro outside over overflow overflowed overflows overlap overlapping
  overload overloaded override overwrite overwritten own owned owner package packages page pages pagination paid
  pair pairs param parameter parameters params parent parse parsed parser parsing part partial partially partition
  partitions pass passed passing password patch patches path paths pattern patterns pay payload payloads payment
  payments pdf peer pending per percentage perhaps period permission permissions permit permitted phase phone pipe
  pipeline pipelining placed placeholder placeholders plain plan plans platform please plugin plugins point points
  policy pool port position positional positive possible possibly post postal posting precision precondition
  predicate predicates prefix preload premature prepare prepared prepend prerelease present preserve preset
  presets previous previously price prices pricing primary primitive primitives print printing priority private
  probably process processed processes processing processor produced producer product products profile program
  programmatic progress prohibited project projects promise promises prompt proper properties property proposal
  proposed protected protocol prototype provide provided provider providing proxy pseudo public publish published
  publisher purchase put putting quality quantities quantity queries query queue queued queues quota quotas quote
  quoted quotes random range rate rates rating ratings raw reach reached reaches read readable reader reading
  readonly ready reason reassign receive received receiving recent recognized record recursion redirect redirected
  redirects reduce reentrant refer reference referenced references refund refunded refunds refuse refused refusing
  regex region register registered registration registry regular reinstall reject rejected rejecting rejection
  relation relations relative released remaining remote remove removed removing rename renamed render rendered
  rendering repeated replace replaced replacement replacements replica replicas replies reply report reporter
  reports repository representing request requested requests require required requirements requires reservation
  reserved reset resets resize resolution resolve resolved resolver resolves resolving respond responded responds
  response rest restart restock restricted restriction result resumed retries retrieve retrieved retry retrying
  return returned returning review reviews right role rollback rolled room rooms root round route router routes
  row rule rules run runnable runner running runs runtime safe safely salt same sampler sanitize sanitized satisfy
  saving scalar scan scanned scenario schedule scheduled scheduler schema schemas scheme scope score scores script
  searching seat seats second secondary seconds secret section sectioned sections security see seed seeded seek
  select selection selector selectors self send sending sense sent separate sequence serializable serialization
  serialize serialized serializer serializing server servers service services session sessions set setter setting
  setup shape shard shards share shared shelf shipment shipping short shorthand should shut shutdown side sign
  signal signature signed simple since single size sizes skip skipped slash slice slide slot small smaller
  snapshot snapshots so socket sold some somebody someone something sometimes soon sorry source sources space span
  spec specific specification specified specifier specifiers specify split spread sprintf sql ssl stack stale
  start started starting state statement statements static status stdio stdout step still stock stop stopped
  stopping storage store str strategy stream streams street strict strictly string stringified stringify strings
  strip structure style subclasses subject subprotocol subscribe subscriber subscription subscriptions
  substitution subtotal subtree subtype succeed such suffix suitable sum supplied support supported supports
  supposed sure surrogate suspended switch symbol symbolic symbols symlink sync synchronous synchronously syntax
  system table tables tag tagged tags take takes target targets task tasks tax tcp team teams teapot teardown
  template templates temporarily temporary tenant terminate terminated test testing tests text than that the them
  then there these they third this those thread three threshold throttle throttled through throw thrown thumbnail
  ticket tickets time timed timeout timeouts timer timers times timestamp timezone tls to together token tokenizer
  tokens too took tool top topic topics topology torn total trace trailing transaction transactions transform
  transformation transformed transforming transition translation transport traversal traverse traversing tried
  true truncate truncated trust trusted try trying tuple turn twice two type typed typeof types udp unable
  unauthenticated unauthorized unavailable uncaught unclosed uncompressed undefined under understands unexpected
  unexpectedly unhandled unhealthy unicode union unique unit unknown unless unmatched unmount unparsed
  unprocessable unpublished unreachable unrecognized unresolved unsigned unspecified unsupported unterminated
  until untrusted unused unverified unwrap up update updated upgrade upgrading upload uploaded uploads upstream
  uri url urls us usable usage use used user username users uses using uuid val valid validate validation
  validator value values variable verification verified verify version versions via video view views violate
  violated violates violation virtual visit visitor visual volume wait waiting want wanted warehouse warn warning
  warnings was watch we web webhook webhooks week weeks were what when where whether which while whose width
  wildcard will window windows wire with within without word work worker workers working works workspace would
  wrapper writable write writer writing written wrong xml yaml year years yet yielded you your yourself zero zip
  zone
`
    .trim()
    .split(/\s+/),
);

/** Contractions, whole. */
export const contractions: ReadonlySet<string> = new Set(
  "can't cannot don't doesn't didn't isn't aren't wasn't weren't won't wouldn't couldn't shouldn't hasn't haven't hadn't it's that's".split(
    ' ',
  ),
);
