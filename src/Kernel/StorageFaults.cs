namespace Rondo.Kernel;

/// <summary>Tells a place that is full, or that nobody may write, from every other mistake: it is mended by making room there, and then everything goes on.</summary>
public static class StorageFaults
{
    private const string Mend =
        "Check the free space and the permissions of this place; nothing needs to be started again.";

    // So much does not fit into what is left of a block.
    private const int ProbeBytes = 64 * 1024;

    // Of Linux: no space, read-only, over quota.
    private static readonly int[] s_errors = [28, 30, 122];

    /// <summary>The error in words, with the place that the system names in it; null where it is something else.</summary>
    public static RondoException? Of(Exception e) =>
        e is IOException && s_errors.Contains(e.HResult)
            ? new RondoException(ErrorCode.Unavailable, $"The server cannot write: {e.Message.TrimEnd('.')}.", Mend, e)
            : null;

    /// <summary>Why a folder cannot be written, found out by writing there; null where it can. The folder is made if need be.</summary>
    public static Exception? InFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, Path.GetRandomFileName());
            try
            {
                File.WriteAllBytes(file, new byte[ProbeBytes]);
            }
            finally
            {
                File.Delete(file);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
