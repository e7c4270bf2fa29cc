/** Claims, or what they refer to, are wrong: no node can help. The message is upstream's. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}
/** The search for devices took too long. */
export class AllocationTimeout extends Error {
  override readonly name = 'AllocationTimeout';
}
