using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Rondo.Mlflow.Formats;

/// <summary>
/// The files that MLflow writes in YAML: one map each, read as a tree of texts. No type that they name is made. They come from anybody: the tree is built
/// by calls within calls, so that one without bounds would end the process.
/// </summary>
internal static class YamlMap
{
    private const int DepthMax = 64;

    /// <summary>Reads the text of a file; its name is for the message.</summary>
    /// <exception cref="FormatException">It is no such file; the message says where.</exception>
    public static YamlMappingNode Read(string text, string name)
    {
        try
        {
            RequireTame(text, name);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents is [{ RootNode: YamlMappingNode root }]
                ? root
                : throw new FormatException($"{name} is empty or not one map.");
        }
        catch (YamlException e)
        {
            throw new FormatException($"{name} is not YAML: line {e.Start.Line}: {e.Message}", e);
        }
    }

    // A key is compared by all that it holds, which may be itself; MLflow's keys are texts.
    private static void RequireTame(string text, string name)
    {
        var parser = new Parser(new StringReader(text));
        // Of each list null, of each map whether a key comes next.
        var open = new Stack<bool?>();
        while (parser.MoveNext())
        {
            var part = parser.Current;
            if (part is SequenceEnd or MappingEnd)
            {
                open.Pop();
                continue;
            }

            if (part is not (Scalar or AnchorAlias or SequenceStart or MappingStart))
            {
                continue;
            }

            if (open.TryPeek(out var isKey) && isKey is not null)
            {
                open.Pop();
                open.Push(!isKey);
            }

            if (isKey is true && part is not Scalar)
            {
                throw new FormatException($"{name} has a key that is no text in line {part.Start.Line}.");
            }

            if (part is SequenceStart or MappingStart)
            {
                open.Push(part is MappingStart ? true : null);
            }

            if (open.Count > DepthMax)
            {
                throw new FormatException($"{name} is deeper than {DepthMax} levels in line {part.Start.Line}.");
            }
        }
    }
}
