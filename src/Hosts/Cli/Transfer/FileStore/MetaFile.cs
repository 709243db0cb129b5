using System.Globalization;
using Rondo.Mlflow.Formats;
using Rondo.Mlflow.Transfer;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>A file <c>meta.yaml</c> of MLflow's file store: one map of plain values.</summary>
internal sealed class MetaFile
{
    public const string Name = "meta.yaml";

    private const int BytesMax = 16 * 1024 * 1024;
    private const string Nothing = "null";

    private readonly YamlMappingNode _root;

    private MetaFile(YamlMappingNode root) => _root = root;

    /// <summary>Whether a folder has one.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name));

    /// <summary>Reads the one of a folder.</summary>
    /// <exception cref="FormatException">It is none; the message says where and why.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MetaFile Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (new FileInfo(path).Length > BytesMax)
        {
            throw new FormatException($"{path} is too large to be one of MLflow's.");
        }

        return new MetaFile(YamlMap.Read(File.ReadAllText(path), path));
    }

    /// <summary>Refuses an id that another folder has, too: of the one the tags would go, and of the other the files.</summary>
    /// <exception cref="FormatException">It was found before.</exception>
    public static void RequireOne(string id, string folder, Dictionary<string, string> known)
    {
        if (!known.TryAdd(id, folder))
        {
            throw new FormatException($"{folder} has the id of {known[id]}, which is brought.");
        }
    }

    public string Text(string key) => OrNull(key) ?? "";

    public string? OrNull(string key) =>
        _root.Children.TryGetValue(new YamlScalarNode(key), out var node) ? TextOf(node) : null;

    public long Number(string key) => NumberOrNull(key) ?? 0;

    /// <exception cref="FormatException">What stands there is no whole number.</exception>
    public long? NumberOrNull(string key) =>
        OrNull(key) is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"Its {Name} has '{text}' as {key}, which is no whole number.");

    /// <summary>The texts of a map inside.</summary>
    public IReadOnlyDictionary<string, string> Pairs(string key) =>
        _root.Children.TryGetValue(new YamlScalarNode(key), out var node) && node is YamlMappingNode map
            ? map.Children.ToDictionary(
                pair => TextOf(pair.Key) ?? Nothing,
                pair => TextOf(pair.Value) ?? "",
                StringComparer.Ordinal
            )
            : TransferJson.None;

    // Without quotes, these words mean that there is nothing.
    private static string? TextOf(YamlNode node) =>
        node is not YamlScalarNode { Value: { } value } scalar
        || (scalar.Style == ScalarStyle.Plain && value is "" or "~" or Nothing or "Null" or "NULL")
            ? null
            : StoredTexts.Kept(value);
}
