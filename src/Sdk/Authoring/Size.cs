namespace Rondo.Sdk;

/// <summary>Numbers of bytes that read well: <c>using static Rondo.Sdk.Size;</c>, then <c>Gigabytes(4)</c>.</summary>
public static class Size
{
    /// <summary>So many times 1024 × 1024 bytes.</summary>
    public static long Megabytes(double count) => (long)(count * 1024 * 1024);

    /// <summary>So many times 1024 × 1024 × 1024 bytes.</summary>
    public static long Gigabytes(double count) => Megabytes(count * 1024);
}
