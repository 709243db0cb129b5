namespace Rondo.Kernel.Blobs;

/// <summary>Passes on at most so many bytes; more of them is the sender's mistake.</summary>
public sealed class BoundedStream(Stream inner, long bytesMax, string name) : ReadOnlyStream(inner)
{
    protected override void Look(ReadOnlySpan<byte> bytes, long total, bool isEnd)
    {
        if (total > bytesMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{name} has more than {bytesMax} bytes.",
                "Send it in several parts."
            );
        }
    }
}
