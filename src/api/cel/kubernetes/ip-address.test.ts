import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { Cidr, parseCidr } from './cidr.ts';
import { IpAddress, parseIpAddress } from './ip-address.ts';

/** A fixed sequence of pseudo-random bytes. */
function* bytesFrom(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield (state >> 16) & 0xff;
  }
}

function randomAddress(source: Iterator<number>): IpAddress {
  const isShort = source.next().value! % 2 === 0;
  // Zeros are frequent, for the sake of `::`.
  return new IpAddress(Uint8Array.from({ length: isShort ? 4 : 16 }, () => (source.next().value! % 3 === 0 ? source.next().value! : 0)));
}

describe('an IP address', () => {
  const source = bytesFrom(7);
  const addresses = Array.from({ length: 2000 }, () => randomAddress(source)).filter((address) => !/^::ffff:[^:]*:[^:]*$/.test(address.toString()));

  it('is read back from its own text', () => {
    for (const address of addresses) {
      const read = parseIpAddress(address.toString());
      assert.ok(read instanceof IpAddress && read.equals(address), `${address}`);
    }
  });

  it('is written as an address that Node knows', () => {
    for (const address of addresses) assert.equal(isIP(address.toString()), address.family);
  });

  it('has a size of its bytes, which costs count in', () => {
    assert.equal((parseIpAddress('10.0.0.1') as IpAddress).size, 4);
    assert.equal((parseIpAddress('::1') as IpAddress).size, 16);
  });
});

describe('a network', () => {
  const source = bytesFrom(11);
  const networks = Array.from({ length: 500 }, () => {
    const address = randomAddress(source);
    return new Cidr(address, source.next().value! % (address.bytes.length * 8 + 1));
  });

  it('contains its own address and itself', () => {
    for (const network of networks) {
      assert.ok(network.containsIp(network.address));
      assert.ok(network.containsCidr(network));
      assert.ok(network.containsCidr(network.masked()) && network.masked().containsCidr(network));
    }
  });

  it('contains an address when and only when masking the address gives the network', () => {
    for (const network of networks) {
      for (const { address } of networks.slice(0, 50)) {
        const isSame = address.family === network.address.family && new Cidr(address, network.prefixLength).masked().equals(network.masked());
        assert.equal(network.containsIp(address), isSame, `${network} ${address}`);
      }
    }
  });

  it('keeps the bits after its prefix until they are masked', () => {
    const network = parseCidr('192.168.1.7/16') as Cidr;
    assert.equal(network.toString(), '192.168.1.7/16');
    assert.equal(network.masked().toString(), '192.168.0.0/16');
    assert.equal(network.size, 2);
  });
});
