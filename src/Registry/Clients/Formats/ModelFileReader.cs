using Rondo.Kernel;
using Rondo.Tracking;

namespace Rondo.Registry.Clients.Formats;

/// <summary>Describes the files of versions that this server keeps: none where it has no tracking.</summary>
internal sealed class ModelFileReader(StoredArtifacts? artifacts = null)
{
    private const int DescriptionBytesMax = 4 * 1024 * 1024;

    /// <summary>What is below an address; null where this server keeps nothing there.</summary>
    public ModelFiles? Read(string address)
    {
        if (artifacts?.SizeOf(address) is not { } size)
        {
            return null;
        }

        try
        {
            return artifacts.ReadText(address, MlmodelFile.Name, DescriptionBytesMax) is { } text
                ? new ModelFiles(
                    size.Files,
                    size.Bytes,
                    MlmodelFile.Read(text, artifacts.ReadText(address, "requirements.txt", DescriptionBytesMax)),
                    null
                )
                : new ModelFiles(size.Files, size.Bytes, null, $"There is no file {MlmodelFile.Name}.");
        }
        catch (Exception e) when (e is FormatException or RondoException)
        {
            return new ModelFiles(size.Files, size.Bytes, null, e.Message);
        }
    }
}
