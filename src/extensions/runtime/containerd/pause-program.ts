/**
 * The program of the sandbox container, as machine code: it holds the pod's namespaces and, where containers share the PID namespace, reaps orphans.
 * A program of our own because a pause image from a registry would make the first pod of an offline machine impossible.
 *
 *     block SIGINT, SIGTERM, SIGCHLD       (a blocked signal is queued even for PID 1, where default actions are ignored)
 *     for (;;) { signal = sigwait(); if (signal is INT or TERM) exit(0); while (wait4(-1, WNOHANG) > 0); }
 */
export function pauseProgram(architecture: 'amd64' | 'arm64'): Buffer {
  return architecture === 'amd64' ? elf(62, amd64) : elf(183, arm64);
}

// SIGINT, SIGTERM, SIGCHLD as a kernel signal set, little-endian.
const signals = [(1 << 1) | (1 << 14) | (1 << 16), 0].flatMap((word) => [word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, word >>> 24]);

const amd64 = Buffer.from([
  0x48,
  0x8d,
  0x35,
  0x4a,
  0,
  0,
  0, //  lea  rsi, [signals]
  0x31,
  0xff, //                       xor  edi, edi            SIG_BLOCK
  0x31,
  0xd2, //                       xor  edx, edx
  0x6a,
  0x08,
  0x41,
  0x5a, //           push 8; pop r10          size of the set
  0x6a,
  0x0e,
  0x58, //                 push 14; pop rax         rt_sigprocmask
  0x0f,
  0x05, //                       syscall
  0x48,
  0x8d,
  0x3d,
  0x36,
  0,
  0,
  0, // wait: lea rdi, [signals]
  0x31,
  0xf6, //                       xor  esi, esi
  0x31,
  0xd2, //                       xor  edx, edx
  0x6a,
  0x08,
  0x41,
  0x5a, //           push 8; pop r10
  0xb8,
  0x80,
  0,
  0,
  0, //              mov  eax, 128            rt_sigtimedwait
  0x0f,
  0x05, //                       syscall
  0x83,
  0xf8,
  0x02,
  0x74,
  0x1b, //     cmp  eax, SIGINT; je exit
  0x83,
  0xf8,
  0x0f,
  0x74,
  0x16, //     cmp  eax, SIGTERM; je exit
  0x6a,
  0xff,
  0x5f, //           reap: push -1; pop rdi         any child
  0x31,
  0xf6, //                       xor  esi, esi
  0x6a,
  0x01,
  0x5a, //                 push 1; pop rdx          WNOHANG
  0x45,
  0x31,
  0xd2, //                 xor  r10d, r10d
  0x6a,
  0x3d,
  0x58, //                 push 61; pop rax         wait4
  0x0f,
  0x05, //                       syscall
  0x85,
  0xc0,
  0x7f,
  0xec, //           test eax, eax; jg reap
  0xeb,
  0xca, //                       jmp  wait
  0x31,
  0xff, //                 exit: xor  edi, edi
  0x6a,
  0x3c,
  0x58, //                 push 60; pop rax         exit
  0x0f,
  0x05, //                       syscall
  ...signals,
]);

const move = (register: number, value: number): number => 0xd2800000 | (value << 5) | register;
const allOnes = (register: number): number => 0x92800000 | register;
/** `distance` in bytes, a multiple of four. */
const addressOf = (register: number, distance: number): number => 0x10000000 | ((distance >> 2) << 5) | register;
const compareX0 = (value: number): number => 0xf100001f | (value << 10);
const branchIf = (condition: number, distance: number): number => 0x54000000 | (((distance >> 2) & 0x7ffff) << 5) | condition;
const branch = (distance: number): number => 0x14000000 | ((distance >> 2) & 0x3ffffff);
const systemCall = 0xd4000001;
const [equal, greater] = [0x0, 0xc];

const arm64 = Buffer.concat([
  words([
    move(0, 0),
    addressOf(1, 0x6c),
    move(2, 0),
    move(3, 8),
    move(8, 135),
    systemCall, // rt_sigprocmask
    addressOf(0, 0x58),
    move(1, 0),
    move(2, 0),
    move(3, 8),
    move(8, 137),
    systemCall, // wait: rt_sigtimedwait
    compareX0(2),
    branchIf(equal, 0x30),
    compareX0(15),
    branchIf(equal, 0x28),
    allOnes(0),
    move(1, 0),
    move(2, 1),
    move(3, 0),
    move(8, 260),
    systemCall, //         reap: wait4
    compareX0(0),
    branchIf(greater, -0x1c),
    branch(-0x48),
    move(0, 0),
    move(8, 93),
    systemCall, //                                              exit
  ]),
  Buffer.from(signals),
]);

function words(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value >>> 0, index * 4);
  return buffer;
}

const [headerBytes, programHeaderBytes, loadAddress] = [64, 56, 0x400000];

/** A static executable with one segment, which is mapped with its headers. */
function elf(machine: number, code: Buffer): Buffer {
  const offset = headerBytes + programHeaderBytes;
  const file = Buffer.alloc(offset + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0); // 64-bit, little-endian
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(loadAddress + offset), 24); // entry
  file.writeBigUInt64LE(BigInt(headerBytes), 32); // program headers
  file.writeUInt16LE(headerBytes, 52);
  file.writeUInt16LE(programHeaderBytes, 54);
  file.writeUInt16LE(1, 56);
  const segment = headerBytes;
  file.writeUInt32LE(1, segment); // PT_LOAD
  file.writeUInt32LE(5, segment + 4); // read, execute
  file.writeBigUInt64LE(BigInt(loadAddress), segment + 16);
  file.writeBigUInt64LE(BigInt(loadAddress), segment + 24);
  file.writeBigUInt64LE(BigInt(file.length), segment + 32);
  file.writeBigUInt64LE(BigInt(file.length), segment + 40);
  file.writeBigUInt64LE(0x10000n, segment + 48); // alignment: the largest page size of either architecture
  file.set(code, offset);
  return file;
}
