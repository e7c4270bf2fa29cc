/** What programs outside import as `wherry/commands`: the contract of a command, and a runtime for one: clusters, resources, printers, errors. */

export { createClusterAccess } from './cluster/cluster-access.ts';
export type { ClusterAccess } from './cluster/contract.ts';
export { globalFlags } from './cluster/global-flags.ts';
export {
  type Command,
  type CommandContext,
  type CommandSummary,
  type Completion,
  defineCommand,
  type FlagDefinition,
  type FlagTable,
  type FlagValues,
  type Input,
  type LazyCommand,
  type Output,
  type Streams,
} from './contract.ts';
export type { Discovery, ResourceMapper, ServedGroup, ServedResource, ServedSubresource, ServedVersion } from './discovery/contract.ts';
export { ExitCode, ManyErrors, UsageError } from './errors/command-errors.ts';
export { failureOf, messageOf } from './errors/error-text.ts';
export type { ResourcePrinter } from './printers/contract.ts';
export { createPrinter, outputFlags } from './printers/output-flags.ts';
export { TabWriter } from './printers/tab-writer.ts';
export { tablePrinter } from './printers/table-printer.ts';
export { completeNames, completeResources } from './resources/complete-resources.ts';
export type { ResourceInfo, ResourceQuery, ResourceSelection } from './resources/contract.ts';
export { fileFlags, fileSourcesOf } from './resources/file-sources.ts';
export { findResources, itemsOf } from './resources/find-resources.ts';
export { createObject, deleteObject, getObject, listPages, patchObject, replaceObject } from './resources/object-requests.ts';
export { dryRunFlag, dryRunOf, dryRunSuffix, selectionFlags } from './resources/selection-flags.ts';
export { type CommandLine, type OutsideCommands, runCommandLine } from './run.ts';
export { processStreams } from './streams.ts';
export { completeContainers, completePods } from './workloads/complete-pods.ts';
