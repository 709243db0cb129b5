using System.Security.Cryptography;

namespace Rondo.Kernel.Ids;

/// <summary>
/// Makes ids that sort by the time of their making: a prefix, 48 bits of unix milliseconds, 80 random bits. Of one millisecond, each id of this
/// source is greater by one than the one before.
/// </summary>
public sealed class IdSource(TimeProvider time, Random? seeded = null)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private readonly Lock _lock = new();
    private (long Milliseconds, UInt128 Bits) _last;

    /// <summary>A new id such as <c>run_01k…</c>. The prefix names the kind of thing.</summary>
    public string New(string prefix)
    {
        Span<byte> random = stackalloc byte[10];
        Fill(random);
        Span<char> text = stackalloc char[26];
        var bits = UInt128.Zero;
        foreach (var b in random)
        {
            bits = (bits << 8) | b;
        }

        (var milliseconds, bits) = Next(time.GetUtcNow().ToUnixTimeMilliseconds(), bits);
        for (var i = 9; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(milliseconds & 31)];
            milliseconds >>= 5;
        }

        for (var i = 25; i >= 10; i--)
        {
            text[i] = Alphabet[(int)(ulong)(bits & 31)];
            bits >>= 5;
        }

        return string.Concat(prefix, "_", text);
    }

    /// <summary>A new random id as protocols of others want it: a UUID of version 4, as 32 small hexadecimal digits.</summary>
    public string NewUuid()
    {
        Span<byte> random = stackalloc byte[16];
        Fill(random);
        random[6] = (byte)((random[6] & 0x0F) | 0x40);
        random[8] = (byte)((random[8] & 0x3F) | 0x80);
        return Convert.ToHexStringLower(random);
    }

    private (long Milliseconds, UInt128 Bits) Next(long milliseconds, UInt128 bits)
    {
        lock (_lock)
        {
            return _last = milliseconds == _last.Milliseconds ? (milliseconds, _last.Bits + 1) : (milliseconds, bits);
        }
    }

    private void Fill(Span<byte> random)
    {
        if (seeded is null)
        {
            RandomNumberGenerator.Fill(random);
            return;
        }

        lock (seeded)
        {
            seeded.NextBytes(random);
        }
    }
}
