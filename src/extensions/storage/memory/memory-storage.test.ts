import { storageConformance } from '../../../extension-points/storage/conformance.ts';
import { createMemoryStorage } from './memory-storage.ts';

storageConformance('the memory storage', async () => {
  const storage = createMemoryStorage();
  return { storage, dispose: async () => storage[Symbol.asyncDispose]() };
});
