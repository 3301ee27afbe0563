using ConvNeXt.MLNet.Hosting.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ConvNeXt.MLNet.Hosting;

/// <summary>Adds classifiers to an application.</summary>
public static class ConvNeXtServiceCollectionExtensions
{
    /// <summary>Key and options name of the classifier that has no name.</summary>
    internal const string NoName = "";

    /// <summary>
    /// Adds an <see cref="IImageClassifier"/>. The model is loaded and verified when the host starts; if it cannot be used, the host does not start.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="modelPath">The model file that ML.NET saved.</param>
    public static IServiceCollection AddConvNeXtClassifier(this IServiceCollection services, string modelPath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(modelPath);
        return services.AddConvNeXtClassifier(options => options.ModelPath = modelPath);
    }

    /// <inheritdoc cref="AddConvNeXtClassifier(IServiceCollection, string)"/>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Sets the options, <see cref="ConvNeXtClassifierOptions.ModelPath"/> at least.</param>
    public static IServiceCollection AddConvNeXtClassifier(this IServiceCollection services, Action<ConvNeXtClassifierOptions> configure)
    {
        Add(services, NoName, configure);
        services.TryAddSingleton<IImageClassifier>(provider => provider.GetRequiredKeyedService<ImageClassifier>(NoName));
        return services;
    }

    /// <summary>
    /// Adds a classifier with a name, one of several: a keyed service, which a constructor or an endpoint receives by <c>[FromKeyedServices("name")]</c>.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="name">The name, also that of its options; not empty.</param>
    /// <param name="configure">Sets the options, <see cref="ConvNeXtClassifierOptions.ModelPath"/> at least.</param>
    public static IServiceCollection AddConvNeXtClassifier(this IServiceCollection services, string name, Action<ConvNeXtClassifierOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Add(services, name, configure);
        services.TryAddKeyedSingleton<IImageClassifier>(name, (provider, _) => provider.GetRequiredKeyedService<ImageClassifier>(name));
        return services;
    }

    private static void Add(IServiceCollection services, string name, Action<ConvNeXtClassifierOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ConvNeXtClassifierOptions>(name).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConvNeXtClassifierOptions>, ClassifierOptionsValidator>());
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(ImageClassifier) && Equals(service.ServiceKey, name))) return;
        services.AddKeyedSingleton(name, (provider, _) => ImageClassifier.Create(provider, name));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<ImageClassifier>(name));
    }
}
