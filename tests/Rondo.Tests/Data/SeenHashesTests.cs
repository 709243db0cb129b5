using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class SeenHashesTests
{
    [Fact]
    public void It_is_a_set_whatever_the_hashes_are()
    {
        var random = new Random(7);
        // Many in one segment, some that meet at one place, and those at the edges.
        ulong[] hashes =
        [
            0,
            ulong.MaxValue,
            1,
            .. Enumerable.Range(0, 5_000).Select(i => (ulong)i << 10),
            .. Enumerable.Range(0, 50_000).Select(_ => (ulong)random.NextInt64()),
            .. Enumerable.Range(0, 50_000).Select(_ => (ulong)random.NextInt64(1_000) << 54),
        ];
        var expected = new HashSet<ulong>();
        var seen = new SeenHashes();

        foreach (var hash in hashes.Concat(hashes))
        {
            Assert.Equal(expected.Contains(hash), seen.Contains(hash));
            Assert.Equal(expected.Add(hash), seen.Add(hash));
        }

        Assert.Equal(expected.Count, seen.Count);
        seen.Clear();
        Assert.Equal((0, false), (seen.Count, seen.Contains(hashes[1])));
        Assert.True(seen.Add(0));
    }
}
