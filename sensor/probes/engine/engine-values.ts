/** What the engine does with values, as a file of its own (`sensor/build.ts`): no file of it takes long to be loaded. */
export * from '@runlens/protocol/redaction/names';
export * from '@runlens/protocol/redaction/patterns';
export * from '@runlens/protocol/redaction/redactor';
export * from '../capture-value.ts';
export * from '../data-properties.ts';
export * from '../flat-values.ts';
export * from '../intrinsics.ts';
export * from '../judged-texts.ts';
export * from '../shown-values.ts';
