using System.Text.Json;
using Rondo.Data;

namespace Rondo.Registry.Versions;

internal static class Json
{
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, RondoJson.Options);

    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, RondoJson.Options)
        ?? throw new RondoException(ErrorCode.DataCorrupt, $"The registry holds no {typeof(T).Name} where it must.");
}
