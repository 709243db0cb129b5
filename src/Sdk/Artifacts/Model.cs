using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// A trained model: one file in the format of its library, and a description (what it takes and gives, and a recorded
/// example), and the preparation that its rows go through if it has one. As an artifact it is a zip of <c>model.json</c>, the file and
/// <c>preparation.json</c>; equal contents give equal bytes.
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

    /// <summary>What its rows go through before it sees them, in serving as in training: <c>model.Preparation.Apply(rows)</c>. Null where it
    /// takes them as they are.</summary>
    public Preparation? Preparation { get; private init; }

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

    /// <summary>
    /// The same model together with the preparation that its training rows went through: it then takes the raw columns, and a server prepares
    /// each request with this preparation. Of the columns of <paramref name="row"/> those that the preparation needs become the signature.
    /// </summary>
    /// <param name="preparation">Fitted on the training rows.</param>
    /// <param name="row">The one raw row for which the example of the description was recorded. What the preparation makes of it must be the
    /// inputs of the example, to the bit.</param>
    /// <exception cref="RondoException">The model has a preparation; a step of it needs rows before a row; the table is not one row; or the
    /// preparation does not make the inputs of the example from it.</exception>
    public Model With(Preparation preparation, Table row)
    {
        if (Description.Preparation is not null)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                "The model has a preparation already.",
                "Put all steps into one recipe, and add what was fitted from it once."
            );
        }
        return new Model(BundlePath, PreparedModel.Describe(Description, preparation, row), null)
        {
            IsAmended = true,
            Preparation = preparation,
        };
    }

    /// <summary>
    /// The same model in another format: what it takes, gives and goes through stays as it is, and so do its example and what it was trained to.
    /// </summary>
    /// <param name="context">The context of the step that converts it.</param>
    /// <param name="format">How the file is to be read, for example <see cref="ModelDescription.Onnx"/>.</param>
    /// <param name="file">The name of the file in the bundle.</param>
    /// <param name="write">Writes the file to the path that it is given.</param>
    public Model Converted(StepContext context, string format, string file, Action<string> write)
    {
        var description = Description with { Format = format, File = file };
        var bundle = Save(context, description, write).BundlePath;
        return new Model(bundle, description, null) { IsAmended = Preparation is not null, Preparation = Preparation };
    }

    /// <summary>The same model, which says to which day it was trained.</summary>
    internal Model TrainedTo(DateOnly? day) =>
        day is null || day == Description.TrainedTo
            ? this
            : new Model(BundlePath, Description with { TrainedTo = day }, null)
            {
                IsAmended = true,
                Preparation = Preparation,
            };

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
            Bundle(memory, Description, content, Preparation);
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
            return new Model(bundlePath, description, reference)
            {
                Preparation = description.Preparation is null ? null : PreparationOf(zip, bundlePath),
            };
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw Broken(bundlePath, e.Message);
        }
    }

    private static Preparation PreparationOf(ZipArchive zip, string bundlePath)
    {
        var entry =
            zip.GetEntry(ModelPreparation.File)
            ?? throw Broken(bundlePath, $"it has no entry '{ModelPreparation.File}', which its description names");
        using var reader = new StreamReader(entry.Open());
        return Preparation.FromJson(reader.ReadToEnd());
    }

    private static void Bundle(
        Stream target,
        ModelDescription description,
        Stream content,
        Preparation? preparation = null
    )
    {
        using var zip = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true);
        var json = JsonSerializer.SerializeToUtf8Bytes(description, RondoJson.Indented);
        DeterministicZip.Add(zip, DescriptionName, new MemoryStream(json));
        DeterministicZip.Add(zip, description.File, content);
        if (preparation is not null)
        {
            var steps = Encoding.UTF8.GetBytes(preparation.ToJson());
            DeterministicZip.Add(zip, ModelPreparation.File, new MemoryStream(steps));
        }
    }

    private static void CheckFileName(string file)
    {
        if (file.Length == 0 || file != Path.GetFileName(file) || file is DescriptionName or ModelPreparation.File)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{file}' is not a name for a model file.",
                $"Give a plain file name other than '{DescriptionName}' and '{ModelPreparation.File}', for example 'model.zip'."
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
