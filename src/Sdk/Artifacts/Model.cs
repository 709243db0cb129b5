using System.IO.Compression;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// A trained model: one file in the format of its library, and a description (what it takes and gives, and a recorded
/// example). As an artifact it is a zip of <c>model.json</c> and the file; equal contents give equal bytes.
/// </summary>
public sealed class Model
{
    private const string DescriptionName = "model.json";

    private Model(string bundlePath, ModelDescription description, ArtifactRef? reference)
    {
        BundlePath = bundlePath;
        Description = description;
        Reference = reference;
    }

    /// <summary>What it takes and gives.</summary>
    public ModelDescription Description { get; }

    internal string BundlePath { get; }

    /// <summary>Whether the description differs from the one in the bundle, so that the bundle is to be written anew.</summary>
    private bool IsAmended { get; init; }

    /// <summary>Its address in the content store; null until the step that makes it has ended.</summary>
    internal ArtifactRef? Reference { get; }

    /// <summary>Makes a model: <paramref name="write"/> writes the model's file to the path that it is given.</summary>
    public static Model Save(StepContext context, ModelDescription description, Action<string> write)
    {
        CheckFileName(description.File);
        var folder = Path.Combine(context.WorkFolder, "model-" + context.NextNumber());
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, description.File);
        write(file);
        if (!File.Exists(file))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The model file '{description.File}' was not written.",
                "Write the model to the path that Model.Save passes on."
            );
        }
        var bundle = Path.Combine(folder, "bundle.zip");
        using (var stream = File.Create(bundle))
        using (var content = DeterministicZip.IsZip(file) ? DeterministicZip.Rewrite(file) : File.OpenRead(file))
        {
            Bundle(stream, description, content);
        }
        File.Delete(file);
        return new Model(bundle, description, null);
    }

    /// <summary>Opens a model bundle, for example one that was downloaded.</summary>
    public static Model Open(string bundlePath) => Open(bundlePath, null);

    /// <summary>The model's file, as its library wrote it; a stream that can seek. The caller disposes it.</summary>
    public Stream OpenFile()
    {
        using var zip = ZipFile.OpenRead(BundlePath);
        var entry = zip.GetEntry(Description.File) ?? throw Broken(BundlePath, $"it has no entry '{Description.File}'");
        using var content = entry.Open();
        var memory = new MemoryStream((int)entry.Length);
        content.CopyTo(memory);
        memory.Position = 0;
        return memory;
    }

    /// <summary>The same model, which says to which day it was trained.</summary>
    internal Model TrainedTo(DateOnly? day) =>
        day is null || day == Description.TrainedTo
            ? this
            : new Model(BundlePath, Description with { TrainedTo = day }, null) { IsAmended = true };

    internal void WriteBundle(Stream target)
    {
        if (!IsAmended)
        {
            using var file = File.OpenRead(BundlePath);
            file.CopyTo(target);
            return;
        }
        using var memory = new MemoryStream();
        using (var content = OpenFile())
        {
            Bundle(memory, Description, content);
        }
        memory.Position = 0;
        memory.CopyTo(target);
    }

    internal static Model Open(string bundlePath, ArtifactRef? reference)
    {
        try
        {
            using var zip = ZipFile.OpenRead(bundlePath);
            var entry =
                zip.GetEntry(DescriptionName) ?? throw Broken(bundlePath, $"it has no entry '{DescriptionName}'");
            using var stream = entry.Open();
            var description =
                JsonSerializer.Deserialize<ModelDescription>(stream, RondoJson.Options)
                ?? throw Broken(bundlePath, $"'{DescriptionName}' is empty");
            return new Model(bundlePath, description, reference);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw Broken(bundlePath, e.Message);
        }
    }

    private static void Bundle(Stream target, ModelDescription description, Stream content)
    {
        using var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        var json = JsonSerializer.SerializeToUtf8Bytes(description, RondoJson.Indented);
        DeterministicZip.Add(zip, DescriptionName, new MemoryStream(json));
        DeterministicZip.Add(zip, description.File, content);
    }

    private static void CheckFileName(string file)
    {
        if (file.Length == 0 || file != Path.GetFileName(file) || file == DescriptionName)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{file}' is not a name for a model file.",
                $"Give a plain file name other than '{DescriptionName}', for example 'model.zip'."
            );
        }
    }

    private static RondoException Broken(string path, string why) =>
        new(
            ErrorCode.InvalidArgument,
            $"{path} is not a model bundle: {why}.",
            "A bundle is a zip of model.json and the model's file, as Model.Save makes it."
        );
}
