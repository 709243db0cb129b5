using Microsoft.Extensions.DependencyInjection;
using Rondo.Serving.Models;

namespace Rondo.Providers.Onnx;

/// <summary>Serves ONNX models.</summary>
public static class OnnxModule
{
    /// <summary>Registers the runtime of the format <c>onnx</c>.</summary>
    public static IServiceCollection AddOnnx(this IServiceCollection services) =>
        services.AddSingleton<IModelRuntime, OnnxModelRuntime>();
}
