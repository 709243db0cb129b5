using System.Collections.Concurrent;
using System.IO.Compression;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Models;

/// <summary>Brings a registered version into this process: verified bytes, the runtime of its format.</summary>
internal sealed class ModelLoader(IBlobStore blobs, ServerPaths paths, IEnumerable<IModelRuntime> runtimes)
{
    private const long FileBytesMax = 2L * 1024 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, bool> _own = new(StringComparer.Ordinal);

    /// <summary>Where the files of loaded models are, each in a folder of its own.</summary>
    public static string FolderOf(ServerPaths paths) => Path.GetFullPath(paths.ModelsFolder);

    /// <summary>Whether a folder was made by this process, which removes it itself.</summary>
    public bool IsOwn(string folder) => _own.ContainsKey(folder);

    public async Task<LoadedModel> LoadAsync(ModelVersion version, CancellationToken cancellation = default)
    {
        var description = version.Proposal.Description;
        var runtime =
            runtimes.FirstOrDefault(runtime => runtime.Supports(description.Format))
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Model version {version.Id} has the format '{description.Format}', which this server cannot load.",
                "Start a server with the provider of that format."
            );
        var name = Path.GetRandomFileName();
        _own[name] = true;
        var folder = Path.Combine(FolderOf(paths), name);
        Directory.CreateDirectory(folder);
        try
        {
            var (file, preparation) = await ExtractAsync(version, folder, cancellation);
            var own = description.Preparation is { } taken
                ? description with
                {
                    Signature = description.Signature with { Inputs = taken.Inputs },
                    Preparation = null,
                }
                : description;
            return new LoadedModel(runtime.Load(own, file), preparation, folder);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private async Task<(string File, RequestPreparation? Preparation)> ExtractAsync(
        ModelVersion version,
        string folder,
        CancellationToken cancellation
    )
    {
        var name = version.Proposal.Description.File;
        await using var bundle = await blobs.OpenAsync(version.Proposal.Artifact.Digest, cancellation);
        await using var zip = await OpenAsync(version, bundle, cancellation);
        var entry = zip.GetEntry(name);
        if (entry is null || entry.Length > FileBytesMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                entry is null
                    ? $"The bundle of model version {version.Id} has no file '{name}', which its description names."
                    : $"File '{name}' of model version {version.Id} is larger than 2 GiB."
            );
        }

        var file = Path.Combine(folder, Path.GetFileName(name));
        await entry.ExtractToFileAsync(file, cancellation);
        return (file, await PreparationAsync(version, zip, cancellation));
    }

    private static async Task<RequestPreparation?> PreparationAsync(
        ModelVersion version,
        ZipArchive zip,
        CancellationToken cancellation
    )
    {
        if (version.Proposal.Description.Preparation is not { } description)
        {
            return null;
        }

        var entry =
            zip.GetEntry(ModelPreparation.File)
            ?? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The bundle of model version {version.Id} has no file '{ModelPreparation.File}', which its description names.",
                "Make the bundle with Model.With."
            );
        using var reader = new StreamReader(await entry.OpenAsync(cancellation));
        var json = await reader.ReadToEndAsync(cancellation);
        return new RequestPreparation(Data.Preparation.FromJson(json), description);
    }

    private static async Task<ZipArchive> OpenAsync(ModelVersion version, Stream bundle, CancellationToken cancellation)
    {
        try
        {
            return await ZipArchive.CreateAsync(
                bundle,
                ZipArchiveMode.Read,
                leaveOpen: true,
                entryNameEncoding: null,
                cancellation
            );
        }
        catch (InvalidDataException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The bundle of model version {version.Id} ({version.Proposal.Artifact.Digest}) is not a zip archive.",
                $"A model is an artifact of type {ArtifactTypes.Model}: save it with Model.Save.",
                e
            );
        }
    }
}
