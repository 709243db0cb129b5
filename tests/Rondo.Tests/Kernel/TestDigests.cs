using System.Security.Cryptography;
using System.Text;

namespace Rondo.Tests.Kernel;

/// <summary>Digests of short texts: as good as any.</summary>
public static class TestDigests
{
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
