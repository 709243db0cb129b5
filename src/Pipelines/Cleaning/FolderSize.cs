namespace Rondo.Pipelines.Cleaning;

internal static class FolderSize
{
    /// <summary>The bytes of all files below; what goes away in between counts nothing.</summary>
    public static long Of(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
