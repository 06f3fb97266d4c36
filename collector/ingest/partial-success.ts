/** ExportMetricsServiceResponse (opentelemetry-proto, "Partial Success") as protobuf. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Empty when nothing was rejected, as the specification asks. */
export function encodePartialSuccess(rejected: ReadonlyMap<string, number>): Buffer {
  if (rejected.size === 0) return Buffer.alloc(0);
  const points = [...rejected.values()].reduce((sum, each) => sum + each, 0);
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(points);
  writer.tag(2, WireType.LengthDelimited).string([...rejected.keys()].join('; '));
  writer.join();
  return Buffer.from(writer.finish());
}
